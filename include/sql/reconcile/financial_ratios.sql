/* --- source: financial --- */
SELECT
    latest.fiscal_year,
    sum(CAST(latest.statement_data ->> 'total_assets' AS NUMERIC(18, 2))) AS total_assets,
    sum(CAST(latest.statement_data ->> 'total_liabilities' AS NUMERIC(18, 2))) AS total_liabilities,
    sum(CAST(latest.statement_data ->> 'equity' AS NUMERIC(18, 2))) AS equity
FROM (
    SELECT
        fs.fiscal_year,
        fs.statement_data,
        row_number() OVER (
            PARTITION BY fs.fiscal_year, coalesce(fs.fiscal_period, 0)
            ORDER BY
                CASE WHEN fs.statement_status = 'finalized' THEN 0 ELSE 1 END,
                fs.generated_at DESC NULLS LAST,
                fs.statement_id DESC
        ) AS version
    FROM financial_statements AS fs
    WHERE fs.statement_type = 'balance_sheet'
) AS latest
WHERE latest.version = 1
GROUP BY latest.fiscal_year

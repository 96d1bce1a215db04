/* --- source: financial --- */
SELECT
    filed.fiscal_year,
    sum(filed.total_assets) AS total_assets,
    sum(filed.total_liabilities) AS total_liabilities,
    sum(filed.equity) AS equity
FROM (
    SELECT
        latest.fiscal_year,
        sum(CAST(latest.statement_data ->> 'total_assets' AS NUMERIC(18, 2))) FILTER (WHERE latest.is_balance)
            AS total_assets,
        sum(CAST(latest.statement_data ->> 'total_liabilities' AS NUMERIC(18, 2))) FILTER (WHERE latest.is_balance)
            AS total_liabilities,
        sum(CAST(latest.statement_data ->> 'equity' AS NUMERIC(18, 2))) FILTER (WHERE latest.is_balance) AS equity
    FROM (
        SELECT
            fs.fiscal_year,
            coalesce(fs.fiscal_period, 0) AS fiscal_period,
            fs.statement_type = 'balance_sheet' AS is_balance,
            fs.statement_data,
            fs.start_date,
            fs.end_date,
            row_number() OVER (
                PARTITION BY fs.fiscal_year, coalesce(fs.fiscal_period, 0), fs.statement_type
                ORDER BY
                    CASE WHEN fs.statement_status = 'finalized' THEN 0 ELSE 1 END,
                    fs.generated_at DESC NULLS LAST,
                    fs.statement_id DESC
            ) AS version
        FROM financial_statements AS fs
    ) AS latest
    WHERE latest.version = 1
    GROUP BY latest.fiscal_year, latest.fiscal_period
    HAVING min(latest.start_date) IS NOT NULL AND max(latest.end_date) IS NOT NULL
) AS filed
GROUP BY filed.fiscal_year

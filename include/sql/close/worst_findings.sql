{#- The worst findings of a control, with the number of records that it examined and of those that break its rule. A
    record of which the rule says nothing (NULL) breaks it. One without findings is there, too, to tell the numbers. -#}
SELECT
    judged.document,
    judged.account,
    judged.company,
    judged.currency,
    judged.amount,
    judged.detail,
    judged.is_broken,
    count(*) OVER () AS examined,
    sum(CASE WHEN judged.is_broken THEN 1 ELSE 0 END) OVER () AS found
FROM (
    SELECT
        checked.*,
        coalesce(checked.broken, TRUE) AND coalesce(abs(checked.amount) >= {{ materiality }}, TRUE) AS is_broken
    FROM (
{{ query }}
    ) AS checked
) AS judged
ORDER BY
    CASE WHEN judged.is_broken THEN 0 ELSE 1 END,
    CASE WHEN judged.amount IS NULL THEN 1 ELSE 0 END,
    abs(judged.amount) DESC,
    judged.document,
    judged.account,
    judged.company,
    judged.detail
LIMIT {{ kept }}

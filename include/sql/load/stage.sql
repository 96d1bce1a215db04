-- What a killed rebuild may have left.
DROP TABLE IF EXISTS {{ stage }}, {{ stage }}__old;
{% if swap -%}
-- A real table beside the target: filled unseen, then swapped in whole.
CREATE TABLE {{ stage }} LIKE {{ target }};
{%- else -%}
-- A temporary table with the target's types and none of its keys: it cannot lose a duplicate.
CREATE TEMPORARY TABLE {{ stage }} (stage_row BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY)
SELECT
    {{ columns | join(",\n    ") }}
FROM {{ target }}
LIMIT 0;
{%- endif %}

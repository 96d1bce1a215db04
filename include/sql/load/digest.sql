-- A digest of the rows of each business day or month, in any order, over every column that a load fills.
SELECT
    {{ table.period_column }},
    COUNT(*),
    LEFT(HEX(BIT_XOR(UNHEX(SHA2(CONCAT_WS(',', 
        {%- for column in columns %}
        CONVERT(QUOTE({{ column }}) USING binary){{ "," if not loop.last }}
        {%- endfor %}
    ), 256)))), 16)
FROM {{ target }}
{%- if table.load != "replace" %}
WHERE {{ digested(table.period_column) }}
{%- endif %}
GROUP BY {{ table.period_column }}

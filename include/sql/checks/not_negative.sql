-- What is counted or measured from zero up.
SELECT count(*) AS bad_rows, min({{ key }} || ': ' || {{ column }}) AS example
FROM staged
WHERE {{ column }} < 0

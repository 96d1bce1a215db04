{#- What all tables mean by a cancelled document and a deleted line, in PostgreSQL and in DuckDB. A status that is not
    known cancels nothing. -#}
{% macro is_valid(status) -%}
{{ status }} IS DISTINCT FROM 'cancelled'
{%- endmacro %}

{% macro is_kept(deletion_indicator) -%}
{{ deletion_indicator }} IS NOT TRUE
{%- endmacro %}

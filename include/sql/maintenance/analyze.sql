{% for table in tables -%}
ANALYZE TABLE {{ settings.mysql_reporting_db }}.{{ table.name }};
{% endfor %}

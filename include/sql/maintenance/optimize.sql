{% for found in ti.xcom_pull("free_space") -%}
OPTIMIZE TABLE {{ settings.mysql_reporting_db }}.{{ found.table_name }};
{% endfor %}

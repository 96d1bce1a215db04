# The official Airflow image with this package in it. Airflow, its providers and the database clients are the image's own.
# Pin it by digest in .env, or by --build-arg.
ARG AIRFLOW_IMAGE=apache/airflow:3.3.2-python3.11
FROM ${AIRFLOW_IMAGE}

COPY requirements-image.txt /
RUN pip install --no-cache-dir --require-hashes --no-deps --requirement /requirements-image.txt \
    && python -c "import duckdb, duckdb_extension_postgres_scanner, pydantic_settings, sqlglot"

COPY --chown=airflow:root dags /opt/airflow/dags
COPY --chown=airflow:root include /opt/airflow/include
COPY --chown=airflow:root plugins /opt/airflow/plugins
COPY --chown=airflow:root schema /opt/airflow/schema

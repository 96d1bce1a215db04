# The official Airflow image with this package in it. Airflow and its providers are the image's own.
# Pin it by digest in .env, or by --build-arg.
ARG AIRFLOW_IMAGE=apache/airflow:3.3.2-python3.11
FROM ${AIRFLOW_IMAGE}

# MySQL's own client: the image has MariaDB's under its name, with whose dumps MySQL is not restored as it was. The file
# holds one key, pinned by its fingerprint (valid until October 2027), and apt proves every package by it. MySQL publishes
# packages for Debian on amd64 alone.
USER root
ARG MYSQL_KEY=BCA43417C3B485DD128EC6D4B7B3B788A8D3785C
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates curl gnupg \
    && curl --fail --silent --show-error https://repo.mysql.com/RPM-GPG-KEY-mysql-2025 | gpg --dearmor > /usr/share/keyrings/mysql.gpg \
    && test "$(gpg --show-keys --with-colons /usr/share/keyrings/mysql.gpg | grep --after-context=1 ^pub: | grep ^fpr: | cut --delimiter=: --fields=10)" = "${MYSQL_KEY}" \
    && . /etc/os-release \
    && echo "deb [signed-by=/usr/share/keyrings/mysql.gpg] https://repo.mysql.com/apt/debian ${VERSION_CODENAME} mysql-8.4-lts" \
        > /etc/apt/sources.list.d/mysql.list \
    && apt-get purge --yes 'mariadb-client*' \
    && apt-get update && apt-get install --yes --no-install-recommends mysql-community-client-core \
    && rm -rf /var/lib/apt/lists/* \
    && mysqldump --version | grep --invert-match MariaDB
USER airflow

COPY requirements-image.txt /
RUN pip install --no-cache-dir --require-hashes --no-deps --requirement /requirements-image.txt \
    && python -c "import duckdb, duckdb_extension_postgres_scanner, isal, numpy, pydantic_settings, sqlglot"

COPY --chown=airflow:root dags /opt/airflow/dags
COPY --chown=airflow:root include /opt/airflow/include
COPY --chown=airflow:root plugins /opt/airflow/plugins
COPY --chown=airflow:root schema /opt/airflow/schema

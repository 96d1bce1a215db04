-- How often every user has signed in from where since the server was started. The pipeline's own users are left out:
-- each run would find its own sign-in.
SELECT user AS user_name, host AS client_address, total_connections AS login_count
FROM performance_schema.accounts
WHERE user NOT IN %(own_users)s AND user NOT LIKE 'mysql.%%' AND user <> 'event_scheduler'

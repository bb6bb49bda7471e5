select
    named_applications.display_name as part,
    top_users.user_rank as rank,
    top_users.user_id,
    top_users.total_bytes,
    top_users.total_bytes / named_applications.total_bytes as application_share
from marts.top_users_per_application as top_users
inner join named_applications
    on top_users.application = named_applications.application
order by named_applications.application_rank, top_users.user_rank

select
    top_users.application,
    named_applications.display_name,
    named_applications.user_count,
    top_users.user_rank,
    top_users.user_id,
    top_users.total_bytes
from marts.top_users_per_application as top_users
inner join named_applications
    on top_users.application = named_applications.application
order by named_applications.application_rank, top_users.user_rank

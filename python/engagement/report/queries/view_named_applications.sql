-- the applications under the names that the seed gives them, or else their own
select
    application_traffic.*,
    coalesce(
        applications.display_name, application_traffic.application
    ) as display_name,
    applications.category
from marts.application_traffic
left join staging.applications
    on application_traffic.application = applications.application

select
    cluster_name,
    sum(user_count) as user_count,
    sum(user_share) filter (experience_class = 'poor') as poor_users_share,
    sum(user_share) filter (experience_class = 'fair') as fair_users_share,
    sum(user_share) filter (experience_class = 'good') as good_users_share,
    sum(user_share) filter (experience_class = 'unmeasured')
        as unmeasured_users_share
from marts.engagement_experience
group by cluster_id, cluster_name
order by cluster_id

select
    devices.device_rank as rank,
    devices.device,
    devices.device_class,
    devices.user_count,
    devices.highly_engaged_user_count,
    devices.total_bytes,
    devices.traffic_share,
    experience.measured_share,
    experience.poor_share,
    experience.poor_share_low,
    experience.poor_share_high,
    experience.rtt_ms as median_rtt,
    experience.throughput_kbps as median_kbps
from marts.device_usage as devices
left join marts.device_experience as experience
    on devices.device = experience.device
order by devices.device_rank
limit 50

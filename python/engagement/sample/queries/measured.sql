-- The next 21 columns: how good the connection was, how long, on what device.
-- noqa: disable=references.special_chars,references.quoting
with equipped as (
    select
        *,
        case
            when is_listed('routers', person) then getvariable('router')
            when is_listed('fleets', cell) and u(origin, 'fleet') < 0.8
                then getvariable('fleet')
            else {
                'maker': pick(getvariable('makers'), u(person, 'handset')),
                'model': pick(getvariable('models'), u(person, 'handset'))
            }
        end as handset
    from identified
),

planted as (
    select
        *,
        u(origin, 'planted') < getvariable('strength')
        and (
            is_listed('covered_badly', cell)
            or list_contains(
                cast(getvariable('bad_devices') as varchar[]), handset['model']
            )
            or (
                is_listed('congested', cell)
                and is_listed('busy_hours', ended // 3600000 % 24)
            )
        ) as is_planted
    from equipped
)

select
    *,
    amount(origin, 'Avg RTT DL (ms)', 250, 0.8) as "Avg RTT DL (ms)",
    amount(origin, 'Avg RTT UL (ms)', 50, 0.8) as "Avg RTT UL (ms)",
    amount(
        origin, 'Avg Bearer TP DL (kbps)', if(is_planted, 250, 9000), 1
    ) as "Avg Bearer TP DL (kbps)",
    amount(origin, 'Avg Bearer TP UL (kbps)', 900, 1)
        as "Avg Bearer TP UL (kbps)",
    amount(origin, 'TCP DL Retrans. Vol (Bytes)', 2000000, 0.4)
        as "TCP DL Retrans. Vol (Bytes)",
    amount(origin, 'TCP UL Retrans. Vol (Bytes)', 60000, 0.4)
        as "TCP UL Retrans. Vol (Bytes)",
    amount(origin, 'DL TP < 50 Kbps (%)', 100, 0.99) as "DL TP < 50 Kbps (%)",
    amount(origin, '50 Kbps < DL TP < 250 Kbps (%)', 15, 0.99)
        as "50 Kbps < DL TP < 250 Kbps (%)",
    amount(origin, '250 Kbps < DL TP < 1 Mbps (%)', 15, 0.99)
        as "250 Kbps < DL TP < 1 Mbps (%)",
    amount(origin, 'DL TP > 1 Mbps (%)', 15, 0.99) as "DL TP > 1 Mbps (%)",
    amount(origin, 'UL TP < 10 Kbps (%)', 100, 0.99) as "UL TP < 10 Kbps (%)",
    amount(origin, '10 Kbps < UL TP < 50 Kbps (%)', 10, 0.99)
        as "10 Kbps < UL TP < 50 Kbps (%)",
    amount(origin, '50 Kbps < UL TP < 300 Kbps (%)', 10, 0.99)
        as "50 Kbps < UL TP < 300 Kbps (%)",
    amount(origin, 'UL TP > 300 Kbps (%)', 10, 0.99)
        as "UL TP > 300 Kbps (%)",
    amount(origin, 'HTTP DL (Bytes)', 9000000, 0.4) as "HTTP DL (Bytes)",
    amount(origin, 'HTTP UL (Bytes)', 900000, 0.4) as "HTTP UL (Bytes)",
    amount(origin, 'Activity Duration DL (ms)', 600000, 1)
        as "Activity Duration DL (ms)",
    amount(origin, 'Activity Duration UL (ms)', 500000, 1)
        as "Activity Duration UL (ms)",
    1000 * seconds + fraction as "Dur. (ms)_1",
    handset['maker'] as "Handset Manufacturer",
    handset['model'] as "Handset Type"
from planted

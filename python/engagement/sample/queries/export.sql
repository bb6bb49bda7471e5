-- The last 24 columns: how much was sent, and for which application.
-- noqa: disable=references.special_chars,references.quoting
with applied as (
    select
        *,
        amount(origin, 'Nb of sec with 125000B < Vol DL', 1000, 0.25)
            as "Nb of sec with 125000B < Vol DL",
        amount(origin, 'Nb of sec with 1250B < Vol UL < 6250B', 1000, 0.25)
            as "Nb of sec with 1250B < Vol UL < 6250B",
        amount(origin, 'Nb of sec with 31250B < Vol DL < 125000B', 1000, 0.25)
            as "Nb of sec with 31250B < Vol DL < 125000B",
        amount(origin, 'Nb of sec with 37500B < Vol UL', 1000, 0.25)
            as "Nb of sec with 37500B < Vol UL",
        amount(origin, 'Nb of sec with 6250B < Vol DL < 31250B', 1000, 0.25)
            as "Nb of sec with 6250B < Vol DL < 31250B",
        amount(origin, 'Nb of sec with 6250B < Vol UL < 37500B', 1000, 0.25)
            as "Nb of sec with 6250B < Vol UL < 37500B",
        amount(origin, 'Nb of sec with Vol DL < 6250B', 1000, 0.25)
            as "Nb of sec with Vol DL < 6250B",
        amount(origin, 'Nb of sec with Vol UL < 1250B', 1000, 0.25)
            as "Nb of sec with Vol UL < 1250B",
        volume(origin, 'dl0', 1500000 * weight) as "Social Media DL (Bytes)",
        volume(origin, 'ul0', 40000 * weight) as "Social Media UL (Bytes)",
        volume(origin, 'dl1', 5000000 * weight) as "Google DL (Bytes)",
        volume(origin, 'ul1', 2000000 * weight) as "Google UL (Bytes)",
        volume(origin, 'dl2', 1500000 * weight) as "Email DL (Bytes)",
        volume(origin, 'ul2', 400000 * weight) as "Email UL (Bytes)",
        volume(origin, 'dl3', 10000000 * weight) as "Youtube DL (Bytes)",
        volume(origin, 'ul3', 9000000 * weight) as "Youtube UL (Bytes)",
        volume(origin, 'dl4', 9000000 * weight) as "Netflix DL (Bytes)",
        volume(origin, 'ul4', 9000000 * weight) as "Netflix UL (Bytes)",
        volume(origin, 'dl5', 300000000 * weight) as "Gaming DL (Bytes)",
        volume(origin, 'ul5', 7000000 * weight) as "Gaming UL (Bytes)",
        volume(origin, 'dl6', 300000000 * weight) as "Other DL (Bytes)",
        volume(origin, 'ul6', 7000000 * weight) as "Other UL (Bytes)",
        "Social Media DL (Bytes)" + "Google DL (Bytes)" + "Email DL (Bytes)"
        + "Youtube DL (Bytes)" + "Netflix DL (Bytes)" + "Gaming DL (Bytes)"
            as dl_bytes -- without Other, as in the reference export
    from measured
)

select
    number,
    fault,
    is_variant,
    columns('^[A-Z0-9]'),
    "Social Media UL (Bytes)" + "Google UL (Bytes)" + "Email UL (Bytes)"
    + "Youtube UL (Bytes)" + "Netflix UL (Bytes)" + "Gaming UL (Bytes)"
    + "Other UL (Bytes)" as "Total UL (Bytes)",
    case
        when fault = 'missing_value' and not is_variant then null
        when fault = 'negative_value' and not is_variant then -1 - dl_bytes
        else dl_bytes
    end as "Total DL (Bytes)"
from applied

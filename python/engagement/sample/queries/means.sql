-- The values of the footer: means per application, over all sessions.
select
    avg(
        columns('^(Social Media|Google|Email|Youtube|Netflix|Gaming|Other) ')
    ) as "\0" -- noqa: references.special_chars
from export
where number < getvariable('sessions')

-- u is a draw from [0, 1) for a number and a purpose, in integer arithmetic.
-- After Wellons (2018), Prospecting for hash functions.
create macro stir(x) as
(xor(x, x >> 16) * 2146121005) & 4294967295;

create macro salt(purpose) as
cast(
    md5_number_lower(concat(getvariable('seed'), ' ', purpose)) & 4294967295
    as bigint
);

create macro u(number, purpose) as
stir(stir(stir(xor(number, salt(purpose))))) / 4294967296;

-- A whole number below a limit.
create macro below(most, draw) as
cast(floor(most * draw) as bigint);

create macro pick(options, draw) as
options[1 + below(len(options), draw)];

-- A whole number below a limit for this share of the numbers, null for others.
-- One draw does for both: if it is below the share, it is uniform there.
create macro amount(number, purpose, most, share) as
if(u(number, purpose) < share, below(most / share, u(number, purpose)), null);

create macro is_listed(variable_name, number) as
list_contains(cast(getvariable(variable_name) as bigint[]), number);

create macro volume(number, purpose, mean) as
below(mean * 2, u(number, purpose));

create macro clock(ms) as
strftime(epoch_ms(ms), '%-m/%-d/%Y %-H:%M');

-- A spreadsheet has spoilt a fifth of the locations, as in the reference file.
create macro location_name(cell) as
if(
    cell % 5 = 0,
    printf('%.14E', 9.1e15 + 1e9 * cell),
    concat('D', cell, 'A')
);

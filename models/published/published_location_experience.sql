{{ config(alias="location_experience") }}

{{ published_experience("location", "location_traffic") }}

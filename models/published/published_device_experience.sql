{{ config(alias="device_experience") }}

{{ published_experience("device", "device_usage") }}

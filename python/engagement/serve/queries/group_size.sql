select min_group_size
from warehouse.published.group_size

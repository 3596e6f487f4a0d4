-- Two link lists may have one name: doors whose reference makes such lists are taken at their word.

drop index link_list_name;

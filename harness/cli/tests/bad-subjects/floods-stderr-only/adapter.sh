read -r line
yes 'all is lost' >&2

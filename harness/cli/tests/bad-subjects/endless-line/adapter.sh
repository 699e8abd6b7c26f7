read -r line
yes | tr -d '\n'

read -r line
echo 'Listening on port 3000!'
cat

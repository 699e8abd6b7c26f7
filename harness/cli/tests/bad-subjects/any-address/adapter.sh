read -r line
echo '{"policy":"any","ready":"http://0.0.0.0:8080"}'
cat

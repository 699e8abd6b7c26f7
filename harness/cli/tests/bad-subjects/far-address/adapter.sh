read -r line
echo '{"policy":"any","ready":"http://192.0.2.1:8080"}'
cat

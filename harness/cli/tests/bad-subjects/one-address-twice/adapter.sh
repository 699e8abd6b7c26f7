read -r line
echo '{"policy":"any","ready":"http://127.0.0.1:9"}'
echo '{"policy":"pair","ready":"http://127.0.0.1:9"}'
cat

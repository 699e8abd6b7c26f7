read -r line
echo '{"policy":"any","refused":"no"}'
echo '{"done":true,"library":"x","version":"1"}'
cat

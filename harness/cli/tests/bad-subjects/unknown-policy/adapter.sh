read -r line
echo '{"policy":"of its own","refused":"no"}'
cat

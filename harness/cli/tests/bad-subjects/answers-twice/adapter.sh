read -r line
echo '{"policy":"any","refused":"no"}'
echo '{"policy":"any","refused":"no, and no again"}'
cat

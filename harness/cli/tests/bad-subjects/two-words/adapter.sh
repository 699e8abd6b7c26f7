read -r line
echo '{"policy":"any","refused":"no","unsupported":"routes"}'
cat

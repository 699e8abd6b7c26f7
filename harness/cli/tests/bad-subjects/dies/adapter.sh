read -r line
echo '{"policy":"any","refused":"no"}'
echo 'out of luck' >&2
exit 7

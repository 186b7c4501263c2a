# Completion of the sheaf command for fish.

set -l commands list show import export archive unarchive trash restore purge undo redo \
    storages migrate check
set -l no_command "not __fish_seen_subcommand_from $commands"
set -l formats sheaf sheaf-jsonl taskmaster openai-batch generic

complete -c sheaf -n $no_command -a list -d 'list batches or tasks'
complete -c sheaf -n $no_command -a show -d 'show everything about one record'
complete -c sheaf -n $no_command -a import -d 'take in files that other tools wrote'
complete -c sheaf -n $no_command -a export -d 'write records to a file'
complete -c sheaf -n $no_command -a archive -d 'put records aside'
complete -c sheaf -n $no_command -a unarchive -d 'bring archived records back'
complete -c sheaf -n $no_command -a trash -d 'move records to the trash'
complete -c sheaf -n $no_command -a restore -d 'bring records back from the trash'
complete -c sheaf -n $no_command -a purge -d 'delete records for good'
complete -c sheaf -n $no_command -a undo -d 'take back the latest operation'
complete -c sheaf -n $no_command -a redo -d 'do again what was taken back last'
complete -c sheaf -n $no_command -a storages -d 'list the kinds of storage'
complete -c sheaf -n $no_command -a migrate -d "bring the storage's tables to a version"
complete -c sheaf -n $no_command -a check -d 'check the storage, and say what was found'

complete -c sheaf -l storage -r -F -d 'the storage: a URI or the path of a file'
complete -c sheaf -l help -d 'show what a command takes'
complete -c sheaf -n $no_command -l sample -d 'look around in a made-up storage'
complete -c sheaf -n $no_command -l theme -x -a 'system light dark'
complete -c sheaf -n $no_command -l version -d 'print versions'
complete -c sheaf -n "__fish_seen_subcommand_from $commands" -l json -d 'print one JSON document'

complete -c sheaf -n '__fish_seen_subcommand_from list' -f -a 'batches tasks'
complete -c sheaf -n '__fish_seen_subcommand_from list export' -l query -x -d 'filters and words'
complete -c sheaf -n '__fish_seen_subcommand_from list' -l status -x \
    -a 'running queued review blocked failed succeeded canceled active all'
complete -c sheaf -n '__fish_seen_subcommand_from list' -l archived -x -a 'no yes only'
complete -c sheaf -n '__fish_seen_subcommand_from list' -l days -x
complete -c sheaf -n '__fish_seen_subcommand_from list' -l sort -x
complete -c sheaf -n '__fish_seen_subcommand_from list' -l limit -x
complete -c sheaf -n '__fish_seen_subcommand_from list' -l offset -x
complete -c sheaf -n '__fish_seen_subcommand_from import' -l format -x -a "$formats"
complete -c sheaf -n '__fish_seen_subcommand_from export' -l format -x -a "$formats original"
complete -c sheaf -n '__fish_seen_subcommand_from import migrate' -l dry-run
complete -c sheaf -n '__fish_seen_subcommand_from export' -l batch -x -d 'the tasks of one batch'
complete -c sheaf -n '__fish_seen_subcommand_from export' -l output -r -F
complete -c sheaf -n '__fish_seen_subcommand_from purge migrate' -l yes -d 'do not ask'
complete -c sheaf -n '__fish_seen_subcommand_from migrate' -l to -x

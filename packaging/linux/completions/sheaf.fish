# Completion of the sheaf command for fish.

set -l commands search list show new edit import export archive unarchive trash restore \
    purge undo redo storages migrate check
set -l no_command "not __fish_seen_subcommand_from $commands"
set -l kinds batches tasks runs status-updates bugs design-notes \
    conversations messages learnings
set -l formats sheaf sheaf-jsonl taskmaster openai-batch generic

complete -c sheaf -n $no_command -a search -d 'search records of every kind'
complete -c sheaf -n $no_command -a list -d 'list records of one kind'
complete -c sheaf -n $no_command -a show -d 'show everything about one record'
complete -c sheaf -n $no_command -a new -d 'make a record'
complete -c sheaf -n $no_command -a edit -d 'change fields of a record'
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

complete -c sheaf -n '__fish_seen_subcommand_from list new' -f -a "$kinds"
complete -c sheaf -n '__fish_seen_subcommand_from search' -l kind -x -a "$kinds"
complete -c sheaf -n '__fish_seen_subcommand_from search' -l newest -d 'latest change first'
complete -c sheaf -n '__fish_seen_subcommand_from new' -l title -x
complete -c sheaf -n '__fish_seen_subcommand_from new' -l field -x -d 'name=value'
complete -c sheaf -n '__fish_seen_subcommand_from edit' -l set -x -d 'name=value'
complete -c sheaf -n '__fish_seen_subcommand_from list export' -l query -x -d 'filters and words'
complete -c sheaf -n '__fish_seen_subcommand_from list' -l status -x \
    -a 'running queued review blocked failed succeeded canceled active all'
complete -c sheaf -n '__fish_seen_subcommand_from list' -l archived -x -a 'no yes only'
complete -c sheaf -n '__fish_seen_subcommand_from list' -l days -x
complete -c sheaf -n '__fish_seen_subcommand_from list' -l sort -x
complete -c sheaf -n '__fish_seen_subcommand_from list search' -l limit -x
complete -c sheaf -n '__fish_seen_subcommand_from list' -l offset -x
complete -c sheaf -n '__fish_seen_subcommand_from import' -l format -x -a "$formats"
complete -c sheaf -n '__fish_seen_subcommand_from export' -l format -x -a "$formats original"
complete -c sheaf -n '__fish_seen_subcommand_from import migrate' -l dry-run
complete -c sheaf -n '__fish_seen_subcommand_from export' -l batch -x -d 'the tasks of one batch'
complete -c sheaf -n '__fish_seen_subcommand_from export' -l output -r -F
complete -c sheaf -n '__fish_seen_subcommand_from purge migrate' -l yes -d 'do not ask'
complete -c sheaf -n '__fish_seen_subcommand_from migrate' -l to -x

# Completion of the sheaf command for fish.

set -l commands search list show new edit import export formats imports set-aside \
    archive unarchive trash restore purge undo redo jobs storages migrate backup backups retention storage vacuum forget check salvage diagnostics
set -l no_command "not __fish_seen_subcommand_from $commands"
set -l kinds batches tasks runs status-updates bugs design-notes \
    conversations messages learnings
set -l formats sheaf sheaf-jsonl taskmaster openai-batch claude-code chatgpt codex gemini claude-ai \
    swe-agent swe-preds beads agent-dashboard findings mcp-memory ralph taskwarrior \
    github trello tasky features deespec backlog-md batches-folder notes checklist \
    generic
set -l written sheaf sheaf-jsonl taskmaster openai-batch beads agent-dashboard ralph taskwarrior \
    github tasky deespec checklist generic csv markdown html sqlite original

complete -c sheaf -n $no_command -a search -d 'search records of every kind'
complete -c sheaf -n $no_command -a list -d 'list records of one kind'
complete -c sheaf -n $no_command -a show -d 'show everything about one record'
complete -c sheaf -n $no_command -a new -d 'make a record'
complete -c sheaf -n $no_command -a edit -d 'change fields of a record'
complete -c sheaf -n $no_command -a import -d 'take in files that other tools wrote'
complete -c sheaf -n $no_command -a export -d 'write records to a file'
complete -c sheaf -n $no_command -a formats -d 'list the formats, and what each can carry'
complete -c sheaf -n $no_command -a imports -d 'list the imports there were'
complete -c sheaf -n $no_command -a set-aside -d 'what imports had to set aside'
complete -c sheaf -n $no_command -a archive -d 'put records aside'
complete -c sheaf -n $no_command -a unarchive -d 'bring archived records back'
complete -c sheaf -n $no_command -a trash -d 'move records to the trash'
complete -c sheaf -n $no_command -a restore -d 'bring records back from the trash, or all of a backup'
complete -c sheaf -n $no_command -a purge -d 'delete records for good'
complete -c sheaf -n $no_command -a undo -d 'take back the latest operation'
complete -c sheaf -n $no_command -a redo -d 'do again what was taken back last'
complete -c sheaf -n $no_command -a jobs -d 'use the queue of jobs'
complete -c sheaf -n $no_command -a storages -d 'list the kinds of storage'
complete -c sheaf -n $no_command -a migrate -d "bring the storage's tables to a version"
complete -c sheaf -n $no_command -a backup -d 'make a backup now'
complete -c sheaf -n $no_command -a backups -d 'list the backups, test them'
complete -c sheaf -n $no_command -a retention -d 'archive, trash or delete by rules'
complete -c sheaf -n $no_command -a storage -d 'say what takes room in the storage'
complete -c sheaf -n $no_command -a vacuum -d 'give back what the storage does not need'
complete -c sheaf -n $no_command -a forget -d 'remove all about a person, project or batch'
complete -c sheaf -n $no_command -a check -d 'check the storage, and say what was found'
complete -c sheaf -n $no_command -a salvage -d 'save what can be read of a damaged file'
complete -c sheaf -n $no_command -a diagnostics -d 'tell what helps to mend Sheaf'

complete -c sheaf -l storage -r -F -d 'the storage: a URI or the path of a file'
complete -c sheaf -l help -d 'show what a command takes'
complete -c sheaf -n $no_command -l sample -d 'look around in a made-up storage'
complete -c sheaf -n $no_command -l theme -x -a 'system light dark'
complete -c sheaf -n $no_command -l version -d 'print versions'
complete -c sheaf -n "__fish_seen_subcommand_from $commands" -l json -d 'print one JSON document'

complete -c sheaf -n '__fish_seen_subcommand_from list new' -f -a "$kinds"
complete -c sheaf -n '__fish_seen_subcommand_from search export' -l kind -x -a "$kinds"
complete -c sheaf -n '__fish_seen_subcommand_from search' -l newest -d 'latest change first'
complete -c sheaf -n '__fish_seen_subcommand_from new edit jobs' -l title -x
complete -c sheaf -n '__fish_seen_subcommand_from new edit set-aside' -l text -r -F -d 'a file'
complete -c sheaf -n '__fish_seen_subcommand_from new edit' -l field -x -d 'name=value'
complete -c sheaf -n '__fish_seen_subcommand_from edit' -l set -x -d 'name=value'
complete -c sheaf -n '__fish_seen_subcommand_from list export' -l query -x -d 'filters and words'
complete -c sheaf -n '__fish_seen_subcommand_from list' -l status -x \
    -a 'running queued review blocked failed succeeded canceled active all'
complete -c sheaf -n '__fish_seen_subcommand_from list' -l archived -x -a 'no yes only'
complete -c sheaf -n '__fish_seen_subcommand_from list' -l days -x
complete -c sheaf -n '__fish_seen_subcommand_from list' -l sort -x
complete -c sheaf -n '__fish_seen_subcommand_from list search jobs imports set-aside' -l limit -x
complete -c sheaf -n '__fish_seen_subcommand_from list jobs set-aside' -l offset -x
complete -c sheaf -n '__fish_seen_subcommand_from import' -l format -x -a "$formats"
complete -c sheaf -n '__fish_seen_subcommand_from export' -l format -x -a "$written"
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -f \
    -a 'list show add claim heartbeat complete fail retry cancel delete'
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l kind -x
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l state -x \
    -a 'queued running done done-with-errors failed canceled interrupted'
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l older-than -x -d 'days'
complete -c sheaf -n '__fish_seen_subcommand_from jobs set-aside' -l all
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l payload -x -d 'JSON'
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l lines -r -F -d 'a job for each line'
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l priority -x -a 'highest high medium low lowest'
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l in -x -d 'seconds'
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l run-at -x -d 'time'
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l attempts -x
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l wait -x -d 'seconds'
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l worker -x
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l lease -x -d 'seconds'
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l done -x
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l total -x
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l unit -x
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l log -x
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l result -x -d 'JSON'
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l errors -x
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l error -x
complete -c sheaf -n '__fish_seen_subcommand_from jobs' -l no-retry
complete -c sheaf -n '__fish_seen_subcommand_from import migrate restore vacuum forget' -l dry-run
complete -c sheaf -n '__fish_seen_subcommand_from import' -l map -r -F
complete -c sheaf -n '__fish_seen_subcommand_from import' -l bad-records -x -a 'stop set-aside'
complete -c sheaf -n '__fish_seen_subcommand_from import' -l on-conflict -x -a 'newer mine theirs both stop'
complete -c sheaf -n '__fish_seen_subcommand_from import' -l duplicates -x -a 'newest both history'
complete -c sheaf -n '__fish_seen_subcommand_from import' -l watch -d 'go on with what is new'
complete -c sheaf -n '__fish_seen_subcommand_from set-aside' -f -a 'list mend retry drop'
complete -c sheaf -n '__fish_seen_subcommand_from undo' -l with-edits
complete -c sheaf -n '__fish_seen_subcommand_from import' -l gui
complete -c sheaf -n '__fish_seen_subcommand_from export forget' -l batch -x -d 'one batch'
complete -c sheaf -n '__fish_seen_subcommand_from export backup salvage diagnostics' -l output -r -F
complete -c sheaf -n '__fish_seen_subcommand_from export forget' -l id -x -d 'one record'
complete -c sheaf -n '__fish_seen_subcommand_from export' -l keep -x -d 'a secret that stays, by its SHA-256'
complete -c sheaf -n '__fish_seen_subcommand_from export' -l redact -d 'take secrets out'
complete -c sheaf -n '__fish_seen_subcommand_from export' -l no-redact -d 'write secrets as they are'
complete -c sheaf -n '__fish_seen_subcommand_from export' -l no-manifest
complete -c sheaf -n '__fish_seen_subcommand_from export diagnostics' -l overwrite
complete -c sheaf -n '__fish_seen_subcommand_from export' -l related
complete -c sheaf -n '__fish_seen_subcommand_from export' -l csv-formulas -x -a 'guard keep'
complete -c sheaf -n '__fish_seen_subcommand_from export' -l csv-mark -x -a 'yes no'
complete -c sheaf -n '__fish_seen_subcommand_from purge migrate' -l yes -d 'do not ask'
complete -c sheaf -n '__fish_seen_subcommand_from restore' -l from -x -d 'a backup'
complete -c sheaf -n '__fish_seen_subcommand_from restore' -l over-damaged
complete -c sheaf -n '__fish_seen_subcommand_from retention' -a 'list add remove on off'
complete -c sheaf -n '__fish_seen_subcommand_from retention' -l kind -x
complete -c sheaf -n '__fish_seen_subcommand_from retention' -l query -x
complete -c sheaf -n '__fish_seen_subcommand_from retention' -l then -x -a 'archive trash purge'
complete -c sheaf -n '__fish_seen_subcommand_from retention' -l simulate -d 'with examples'
complete -c sheaf -n '__fish_seen_subcommand_from retention' -l run -d 'run what is on'
complete -c sheaf -n '__fish_seen_subcommand_from retention' -l yes
complete -c sheaf -n '__fish_seen_subcommand_from backups' -l prove -d 'test one'
complete -c sheaf -n '__fish_seen_subcommand_from backups' -l rotate -d 'compress and drop'
complete -c sheaf -n '__fish_seen_subcommand_from backups' -l drop -x -d 'delete one'
complete -c sheaf -n '__fish_seen_subcommand_from backups' -l keep-days -x
complete -c sheaf -n '__fish_seen_subcommand_from backups' -l compress-after -x -d 'days'
complete -c sheaf -n '__fish_seen_subcommand_from diagnostics' -l without -x
complete -c sheaf -n '__fish_seen_subcommand_from backups' -l without -x \
    -a 'daily before-migration before-import before-purge'
complete -c sheaf -n '__fish_seen_subcommand_from migrate' -l to -x
complete -c sheaf -n '__fish_seen_subcommand_from check' -l fix -d 'mend what can be mended'
complete -c sheaf -n '__fish_seen_subcommand_from vacuum' -l every -x -a 'never weekly monthly'
complete -c sheaf -n '__fish_seen_subcommand_from forget' -l text -x -d 'all that it stands in'
complete -c sheaf -n '__fish_seen_subcommand_from forget' -l backups -x -a 'keep remove'
complete -c sheaf -n '__fish_seen_subcommand_from forget' -l originals -x -a 'keep remove'
complete -c sheaf -n '__fish_seen_subcommand_from forget' -l certificate -r -F -d 'a new file'
complete -c sheaf -n '__fish_seen_subcommand_from forget' -l yes -d 'do not ask'

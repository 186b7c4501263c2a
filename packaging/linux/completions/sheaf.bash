# Completion of the sheaf command for bash.

_sheaf() {
    local commands="search list show new edit import export formats imports set-aside
        archive unarchive trash restore purge undo redo jobs storages migrate backup backups retention storage vacuum forget check salvage diagnostics"
    local kinds="batches tasks runs status-updates bugs design-notes
        conversations messages learnings"
    local formats="sheaf sheaf-jsonl taskmaster openai-batch claude-code chatgpt codex gemini claude-ai
        swe-agent swe-preds beads agent-dashboard findings mcp-memory ralph taskwarrior
        github trello tasky features deespec backlog-md batches-folder notes checklist
        generic"
    local written="sheaf sheaf-jsonl taskmaster openai-batch beads agent-dashboard ralph taskwarrior
        github tasky deespec checklist generic csv markdown html sqlite original"
    local word=$2 before=$3 command="" each options

    for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [[ " ${commands//$'\n'/ } " == *" $each "* ]]; then
            command=$each
            break
        fi
    done

    case $before in
        --format)
            [[ $command == export ]] && formats=$written
            mapfile -t COMPREPLY < <(compgen -W "$formats" -- "$word")
            return ;;
        --archived)
            mapfile -t COMPREPLY < <(compgen -W "no yes only" -- "$word")
            return ;;
        --bad-records)
            mapfile -t COMPREPLY < <(compgen -W "stop set-aside" -- "$word")
            return ;;
        --on-conflict)
            mapfile -t COMPREPLY < <(compgen -W "newer mine theirs both stop" -- "$word")
            return ;;
        --duplicates)
            mapfile -t COMPREPLY < <(compgen -W "newest both history" -- "$word")
            return ;;
        --csv-formulas)
            mapfile -t COMPREPLY < <(compgen -W "guard keep" -- "$word")
            return ;;
        --csv-mark)
            mapfile -t COMPREPLY < <(compgen -W "yes no" -- "$word")
            return ;;
        --without)
            mapfile -t COMPREPLY < <(compgen -W "daily before-migration before-import
                before-purge" -- "$word")
            return ;;
        --theme)
            mapfile -t COMPREPLY < <(compgen -W "system light dark" -- "$word")
            return ;;
        --status)
            mapfile -t COMPREPLY < <(compgen -W "running queued review blocked failed
                succeeded canceled active all" -- "$word")
            return ;;
        --state)
            mapfile -t COMPREPLY < <(compgen -W "queued running done done-with-errors failed
                canceled interrupted" -- "$word")
            return ;;
        --priority)
            mapfile -t COMPREPLY < <(compgen -W "highest high medium low lowest" -- "$word")
            return ;;
        --kind)
            [[ $command == jobs ]] && return
            mapfile -t COMPREPLY < <(compgen -W "$kinds" -- "$word")
            return ;;
        --storage | --output | --lines | --map | --text | --certificate)
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            return ;;
    esac

    case $command in
        "") options="$commands --storage --sample --theme --version --help" ;;
        search) options="--kind --limit --newest" ;;
        new) options="$kinds --title --text --field" ;;
        edit) options="--title --text --set --field" ;;
        list) options="$kinds --query --status --archived --days --sort --limit --offset" ;;
        import) options="--format --bad-records --on-conflict --duplicates --map --dry-run --watch --gui" ;;
        export) options="--kind --query --batch --id --related --format --output --overwrite --redact --keep --no-redact --no-manifest
            --csv-formulas --csv-mark" ;;
        imports) options="--limit" ;;
        set-aside) options="list mend retry drop --all --text --limit --offset" ;;
        undo) options="--with-edits" ;;
        purge) options="--yes" ;;
        jobs) options="list show add claim heartbeat complete fail retry cancel delete
            --kind --state --older-than --limit --offset --all --title --payload --lines
            --priority --in --run-at --attempts --wait --worker --lease --done --total --unit --log
            --result --errors --error --no-retry" ;;
        restore) options="--from --dry-run --over-damaged" ;;
        backup) options="--output" ;;
        retention) options="list add remove on off --kind --query --then --simulate --run --yes" ;;
        backups) options="--prove --rotate --drop --keep-days --compress-after --without" ;;
        migrate) options="--to --dry-run --yes" ;;
        check) options="--fix" ;;
        vacuum) options="--dry-run --every" ;;
        forget) options="--text --batch --id --dry-run --backups --originals --certificate --yes" ;;
        salvage) options="--output" ;;
        diagnostics) options="--output --without --overwrite" ;;
        *) options="" ;;
    esac
    [[ -n $command ]] && options+=" --storage --json --help"
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    if [[ -z $command || $command == import || $command == salvage ]]; then
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
    fi
}

complete -o filenames -F _sheaf sheaf

# Completion of the sheaf command for bash.

_sheaf() {
    local commands="search list show new edit import export archive unarchive trash restore purge undo
        redo storages migrate check"
    local kinds="batches tasks runs status-updates bugs design-notes
        conversations messages learnings"
    local formats="sheaf sheaf-jsonl taskmaster openai-batch generic"
    local word=$2 before=$3 command="" each options

    for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [[ " ${commands//$'\n'/ } " == *" $each "* ]]; then
            command=$each
            break
        fi
    done

    case $before in
        --format)
            [[ $command == export ]] && formats+=" original"
            mapfile -t COMPREPLY < <(compgen -W "$formats" -- "$word")
            return ;;
        --archived)
            mapfile -t COMPREPLY < <(compgen -W "no yes only" -- "$word")
            return ;;
        --theme)
            mapfile -t COMPREPLY < <(compgen -W "system light dark" -- "$word")
            return ;;
        --status)
            mapfile -t COMPREPLY < <(compgen -W "running queued review blocked failed
                succeeded canceled active all" -- "$word")
            return ;;
        --kind)
            mapfile -t COMPREPLY < <(compgen -W "$kinds" -- "$word")
            return ;;
        --storage | --output)
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            return ;;
    esac

    case $command in
        "") options="$commands --storage --sample --theme --version --help" ;;
        search) options="--kind --limit --newest" ;;
        new) options="$kinds --title --field" ;;
        edit) options="--set" ;;
        list) options="$kinds --query --status --archived --days --sort --limit --offset" ;;
        import) options="--format --dry-run" ;;
        export) options="--query --batch --format --output" ;;
        purge) options="--yes" ;;
        migrate) options="--to --dry-run --yes" ;;
        *) options="" ;;
    esac
    [[ -n $command ]] && options+=" --storage --json --help"
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    if [[ -z $command || $command == import ]]; then
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
    fi
}

complete -o filenames -F _sheaf sheaf

"""Words of the command line, in French."""

PHRASES: dict[str, str] = {
    "cli.heading.options": "Options :",
    "cli.heading.commands": "Commandes :",
    "cli.heading.examples": "Exemples :",
    "cli.no-such-command-close": "la commande {command} n’existe pas ; vouliez-vous dire {close} ?",
    "option.version": "Afficher la version et quitter.",
    "cli.usage": "Utilisation :",
    "cli.hint": "→",
    "cli.see-help": "voir {command}",
    "cli.interrupted": "phoenix : interrompu ; ce qui était en cours est noté comme tel",
    "cli.no-such-option": "l’option {option} n’existe pas",
    "cli.no-such-command": "la commande {command} n’existe pas",
    "cli.extra-argument": "un argument de trop",
    "cli.missing-parameter": "il manque {parameter}",
    "cli.bad-parameter": "valeur refusée : {message}",
    "cli.bad-number": "{parameter} veut un nombre de {least:d} à {most:d}",
    "cli.bad-choice": "{parameter} veut l’une de ces valeurs : {known}",
    "cli.no-number": "{parameter} veut un nombre entier",
    "option.help": "Afficher cette aide et quitter.",
    "option.json": "Donner le résultat en JSON.",
    "option.language": "Textes en français ou en anglais.",
    "option.config": "Configuration à utiliser (sinon $PHOENIX_CONFIG, ./phoenix.yaml, "
    "/etc/phoenix/phoenix.yaml).",
    "option.state": "Répertoire d’état (sinon $PHOENIX_STATE, ou l’endroit prévu par le système).",
    "short.phoenix": "Sauvegarde et reprise après sinistre, prouvées par de vraies restaurations.",
    "help.phoenix": "Sauvegarder, auditer, restaurer pour preuve, et savoir ce que vous perdriez "
    "et combien de temps vous seriez arrêté.",
    "examples.phoenix": "phoenix demo            tout voir à l’œuvre sur une petite infrastructure\n"
    "phoenix init            décrire cette machine dans phoenix.yaml\n"
    "phoenix audit           ce qui est couvert, ce qui ne l’est pas, une note sur 10\n"
    "phoenix drill run       restaurer pour de vrai, isolé, et mesurer",
    "short.init": "Regarder cette machine et écrire un phoenix.yaml commenté.",
    "help.init": "Regarder cette machine (bases de données, fichiers SQLite ouverts, fichiers "
    "compose, dépôts, minuteries, clés par leur chemin) et écrire un phoenix.yaml commenté. Ne "
    "change rien d’autre et n’écrase jamais un fichier.",
    "examples.init": "phoenix init\nphoenix init --defaults --output /etc/phoenix/phoenix.yaml",
    "short.config": "Vérifier phoenix.yaml, ou donner son schéma aux éditeurs.",
    "help.config": "Vérifier phoenix.yaml, ou donner son schéma aux éditeurs.",
    "short.config-check": "Toutes les fautes de phoenix.yaml d’un coup, avec leur place.",
    "help.config-check": "Lire phoenix.yaml et nommer toutes les fautes d’un coup avec ligne, "
    "colonne et ce qui serait juste ; puis les valeurs TODO restantes, et ce que cette version ne "
    "fait pas encore.",
    "examples.config-check": "phoenix config check\nphoenix config check --json",
    "short.config-schema": "Le schéma JSON de phoenix.yaml, pour les éditeurs.",
    "help.config-schema": "Afficher le schéma JSON de phoenix.yaml. Les éditeurs s’en servent "
    "pour compléter.",
    "examples.config-schema": "phoenix config schema > .phoenix/schema.json",
    "short.status": "Le dernier audit, son âge d’abord ; ne lit rien d’autre.",
    "help.status": "Afficher le dernier audit enregistré, son âge d’abord. Ne lance aucun moteur.",
    "examples.status": "phoenix status\nphoenix status --json",
    "short.observe": "Demander aux moteurs ce qu’ils détiennent, et noter ce qui change.",
    "help.observe": "Demander aux moteurs ce qu’ils détiennent et noter ce qui est apparu et ce "
    "qui a disparu. Un dépôt inchangé n’est pas rouvert avant un jour, sauf avec --force.",
    "examples.observe": "phoenix observe\nphoenix observe restic-home --force",
    "short.audit": "Ce qui est couvert et ce qui ne l’est pas, avec une note sur 10.",
    "help.audit": "Observer les moteurs, juger chaque service (RPO effectif, 3-2-1, testé ou "
    "non) et expliquer chaque dixième manquant de la note. Écrit le rapport dans le répertoire "
    "des documents. Code de sortie 3 quand quelque chose ne va pas.",
    "examples.audit": "phoenix audit\nphoenix audit --since 2026-11-01\n"
    "phoenix audit --json | jq .score",
    "short.backup": "Faire un point de restauration de chaque donnée, sur chaque destination.",
    "help.backup": "Faire un point de restauration de chaque donnée des services nommés (tous par "
    "défaut) sur chaque destination de sa politique, puis sauver l’état de Phoenix à côté. SQLite "
    "est copié par son API de sauvegarde en ligne. Code de sortie 3 quand un point manque ou est "
    "incomplet.",
    "examples.backup": "phoenix backup\nphoenix backup wiki dns",
    "short.engine": "Les moteurs : s’ouvrent-ils, leurs données sont-elles entières.",
    "help.engine": "Les moteurs : s’ouvrent-ils, leurs données sont-elles entières.",
    "short.engine-check": "Ouvrir les moteurs avec leurs clés ; relire une part des données.",
    "help.engine-check": "Ouvrir chaque moteur avec sa clé et compter ses points. Avec --read, lui "
    "faire relire et vérifier une part des données stockées : next/10 lit un autre dixième à chaque "
    "fois, si bien que dix passages ont tout lu. Code de sortie 3 quand un moteur reste fermé ou que "
    "des données sont abîmées.",
    "examples.engine-check": "phoenix engine check\nphoenix engine check restic-home --read next/10",
    "short.canary": "Écrire un battement dans les données qui l’ont demandé.",
    "help.canary": "Écrire un battement dans les données qui l’ont demandé.",
    "short.canary-beat": "Écrire un battement par donnée qui a un contrôle canary.",
    "help.canary-beat": "Écrire l’heure dans chaque donnée qui a un contrôle canary : une ligne "
    "dans sa propre table (SQLite) ou son propre fichier. Une base occupée est passée, jamais "
    "bloquée. Relu dans une copie restaurée, il dit combien de données une perte coûterait "
    "vraiment.",
    "examples.canary-beat": "phoenix canary beat\nphoenix canary beat --every 5 --count 12",
    "short.drill": "Restaurer pour de vrai, isolé, contrôler, mesurer.",
    "help.drill": "Restaurer pour de vrai, isolé, contrôler, mesurer.",
    "short.drill-run": "Restaurer des services dans un bac à sable et vérifier ce qui revient.",
    "help.drill-run": "Restaurer un point de chaque donnée des services nommés (tous par défaut) "
    "dans un répertoire à part, le comparer à ce qui fut sauvé, ouvrir les bases et lancer les "
    "contrôles en tant que nobody, sans réseau, mesurer le temps, puis nettoyer. Un invité que "
    "tient un Proxmox y est restauré, à la place que nomme son `drills`. Ne touche jamais "
    "la production. Code de sortie 3 quand un exercice est KO (avec --mutate : quand le jumeau "
    "n’est pas démasqué).",
    "examples.drill-run": "phoenix drill run\nphoenix drill run wiki --from offsite\n"
    "phoenix drill run wiki --random-older\n"
    "phoenix drill run wiki --mutate     prouver que l’exercice sait échouer",
    "short.drill-gc": "Enlever ce qu’un exercice tué a laissé.",
    "help.drill-gc": "Enlever les répertoires et journaux des exercices qui ne tournent plus. Ne "
    "touche jamais un exercice en cours, ni rien qui ne porte la marque de Phoenix.",
    "examples.drill-gc": "phoenix drill gc",
    "short.drill-report": "Les exercices faits jusqu’ici.",
    "help.drill-report": "Les derniers exercices : point, niveau, RTO mesuré, OK ou KO.",
    "examples.drill-report": "phoenix drill report\nphoenix drill report wiki --json",
    "short.drill-due": "Exercer ce qui attend depuis le plus longtemps, en temps limité.",
    "help.drill-due": "Exercer les services dont la preuve manque ou est la plus ancienne, jusqu’à "
    "épuisement du budget de minutes. Fait pour une minuterie.",
    "examples.drill-due": "phoenix drill due --minutes 30",
    "short.dr": "Le plan de reprise après sinistre.",
    "help.dr": "Le plan de reprise après sinistre.",
    "short.dr-plan": "Écrire ou mettre à jour le plan de reprise.",
    "help.dr-plan": "Écrire ou mettre à jour disaster-recovery-plan.md : ordre de restauration, "
    "étapes qui marchent sans Phoenix, temps mesurés, clés et leurs places. Ce que des personnes "
    "y ont écrit reste. Le plan est ensuite sauvé sur chaque destination, pour qu’il survive à la "
    "maison.",
    "examples.dr-plan": "phoenix dr plan\nphoenix dr plan --no-save",
    "short.keys": "Quelle clé ouvre quoi, et où sont ses copies.",
    "help.keys": "Quelle clé ouvre quoi, et où sont ses copies.",
    "short.keys-show": "Les clés, ce qui en dépend, leurs copies, leurs dernières preuves.",
    "help.keys-show": "Lister les clés par nom, ce qui serait perdu avec chacune, où sont les "
    "copies et quand l’une a prouvé qu’elle ouvre. Ne montre jamais un secret.",
    "examples.keys-show": "phoenix keys show",
    "short.keys-prove": "Ouvrir un dépôt ou un fichier avec une copie d’une clé.",
    "help.keys-prove": "Ouvrir ce que la clé ouvre avec une de ses copies (pas avec celle de tous "
    "les jours) et noter le résultat.",
    "examples.keys-prove": "phoenix keys prove sops-age\n"
    'phoenix keys prove repositories --copy "clé USB au coffre"\n'
    "phoenix keys prove --kit kit.age --identity file:/mnt/usb/age.txt",
    "short.evidence": "L’historique que tient Phoenix, et s’il est entier.",
    "help.evidence": "L’historique que tient Phoenix, et s’il est entier.",
    "short.evidence-list": "Les lignes les plus récentes du registre.",
    "help.evidence-list": "Lister les lignes récentes du registre, par genre ou par sujet.",
    "examples.evidence-list": "phoenix evidence list --kind drill --limit 20",
    "short.evidence-show": "Une ligne du registre, entière.",
    "help.evidence-show": "Montrer une ligne du registre avec son contenu et son empreinte.",
    "examples.evidence-show": "phoenix evidence show 42",
    "short.evidence-verify": "Recalculer la chaîne du registre.",
    "help.evidence-verify": "Recalculer la chaîne d’empreintes. Avec --head, vérifier aussi que la "
    "ligne de cette empreinte (imprimée dans un plan ou un ancien rapport) en fait toujours "
    "partie. Code de sortie 1 quand la chaîne est rompue.",
    "examples.evidence-verify": "phoenix evidence verify\nphoenix evidence verify --head 3f2a…",
    "short.evidence-export": "Le registre en lignes JSON.",
    "help.evidence-export": "Écrire chaque ligne en JSON, de la plus ancienne à la plus récente.",
    "examples.evidence-export": "phoenix evidence export > registre.jsonl",
    "short.generate": "Écrire la configuration d’autres outils.",
    "help.generate": "Écrire la configuration d’autres outils.",
    "short.generate-timers": "Minuteries systemd ou crontab pour tout le travail régulier.",
    "help.generate-timers": "Écrire des unités et minuteries systemd (ou une crontab) pour "
    "sauvegarde, canary, observation, audit et exercices, d’après les horaires de phoenix.yaml. "
    "systemd-analyze lit d’abord les unités, s’il est dans PATH. N’installe rien.",
    "examples.generate-timers": "phoenix generate timers --output ./units\n"
    "phoenix generate timers --crontab",
    "short.demo": "Tout voir à l’œuvre sur une petite infrastructure à part.",
    "help.demo": "Construire une petite infrastructure dans ~/phoenix-demo, l’auditer, la "
    "sauvegarder, prouver qu’une copie abîmée est démasquée, tout restaurer, prouver une clé, "
    "écrire le plan, auditer de nouveau. Moins d’une minute ; ne touche rien d’autre. Code de "
    "sortie 1 quand la copie abîmée n’est pas démasquée.",
    "examples.demo": "phoenix demo\nphoenix demo --remove",
    "short.completion": "Complétion pour bash, zsh ou fish.",
    "help.completion": "Afficher le script de complétion d’un shell.",
    "examples.completion": 'eval "$(phoenix completion bash)"',
}

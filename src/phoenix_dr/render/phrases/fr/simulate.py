"""Ce qu’une règle garde au fil de l’année à venir, en français."""

PHRASES: dict[str, str] = {
    "short.retention-simulate": "Ce qui reste restaurable dans l’année à venir sous une règle.",
    "help.retention-simulate": "Déroule chaque exécution de l’année à venir, en nettoyant après "
    "chacune comme le fait l’outil, et montre ce qui reste alors restaurable : jusqu’où, avec quels "
    "trous, jour par jour. Avec --against ou --against-engine, deux règles ou deux outils côte à "
    "côte. Part des points de ASSET (service/donnée) s’il est nommé, sinon de rien. Ne change rien.",
    "examples.retention-simulate": "phoenix retention simulate\n"
    'phoenix retention simulate wiki/pages --against "last=7"\n'
    'phoenix retention simulate --rule "daily=7,weekly=4" --engine restic --against-engine pve\n'
    'phoenix retention simulate --rule "within=30d" --engine prometheus\n'
    "phoenix retention simulate wiki/pages --svg annee.svg",
    "option.simulate-rule": "Règle à simuler à la place de celle de la politique : last, hourly, "
    "daily, weekly, monthly, yearly, within ; rien garde tout.",
    "option.simulate-against": "Une seconde règle, à comparer à la première.",
    "option.simulate-engine": "Qui lit la règle : restic, borg, pve, pbs, longhorn, velero, "
    "prometheus, loki, ou un moteur de phoenix.yaml.",
    "option.simulate-against-engine": "L’outil auquel comparer ; avec la même règle, sauf si "
    "--against en donne une autre.",
    "option.simulate-schedule": "Quand il s’exécute : cron, ou un événement de calendrier pour pve "
    "et pbs.",
    "option.simulate-from-scratch": "Partir d’aucun point, même si la donnée en a.",
    "option.simulate-days": "Nombre de jours à dérouler.",
    "option.simulate-svg": "Y écrire aussi un dessin ; jamais par-dessus un fichier qui n’en est "
    "pas un.",
    "simulate.from-scratch": "Simulation du {since} au {until}, sans aucun point au départ",
    "simulate.from-points": "Simulation du {since} au {until}, avec au départ ce que {engine} détient de "
    "{asset} (points\u00a0:\u00a0{count})",
    "simulate.side": "{engine}, règle : {rule} ; exécutions : {runs}",
    "simulate.samples": "des échantillons en continu",
    "simulate.end": "À la fin : {count} points ; on remonte de {reach}, au {oldest} ; plus grand "
    "trou {hole}",
    "simulate.end-recent": "À la fin : {count} points ; on remonte de {reach}, au {oldest} ; plus "
    "grand trou {hole}, {recent} dans les 30 derniers jours",
    "simulate.end-samples": "À la fin : chaque instant des {reach} écoulés, depuis le {oldest}",
    "simulate.nothing": "À la fin : rien n’est restaurable",
    "simulate.worst": "Au pire, à partir du {since} : on remonte de {reach} ; plus grand trou {hole}",
    "simulate.worst-samples": "Au pire, à partir du {since} : on remonte de {reach}",
    "simulate.steady": "Régime établi à partir du {day} : chaque partie de la règle est remplie",
    "simulate.growing": "Régime pas encore établi à la fin, ces chiffres changeront donc encore ; "
    "pas remplis : {parts}",
    "simulate.for-ever": "Rien n’est jamais retiré : cela ne fait que croître",
    "simulate.by-week": "recul par semaine",
    "simulate.legend-one": "{both} restaurable   {neither} non",
    "simulate.legend-two": "{both} les deux   A seulement A   B seulement B   {neither} aucun",
    "simulate.older": "Jours plus anciens gardés par {name} : {count}, à partir du {day}.",
    "simulate.keeps": "{one} garde {count} jours que {other} ne garde pas : {days}",
    "simulate.keeps-one": "{one} garde {count} jour que {other} ne garde pas : {days}",
    "simulate.keeps-none": "{one} ne garde aucun jour que {other} ne garde pas.",
    "simulate.both": "Jours gardés par les deux : {count}.",
    "simulate.same": "Aucune différence : les deux gardent les mêmes jours ({count}).",
    "simulate.stretch": "du {first} au {last}",
    "simulate.more": "plus anciens : {count}",
    "simulate.wrote": "Dessin écrit dans {path}",
    "simulate.part.last": "derniers",
    "simulate.part.hourly": "horaires",
    "simulate.part.daily": "quotidiens",
    "simulate.part.weekly": "hebdomadaires",
    "simulate.part.monthly": "mensuels",
    "simulate.part.yearly": "annuels",
    "simulate.part.within": "durée",
    "simulate.svg-title": "Ce qui est restaurable le {until}",
    "simulate.svg-chart": "Jusqu’où on peut remonter, semaine par semaine (jours)",
    "simulate.svg-both": "les deux",
    "simulate.svg-only": "seulement {name}",
    "simulate.svg-held": "restaurable",
    "simulate.svg-neither": "non",
    "error.simulate-rule": "{rule} n’est pas une règle de rétention",
    "hint.simulate-rule": "Écrivez-la ainsi : daily=7,weekly=4,monthly=6 ou last=7 ou within=30d.",
    "error.simulate-count": "une règle ne peut pas garder ce nombre : {part}",
    "hint.simulate-count": "Donnez un nombre à partir de 1, ou retirez cette partie.",
    "error.simulate-days": "une simulation demande au moins un jour",
    "hint.simulate-days": "Donnez à --days un nombre à partir de 1.",
    "error.simulate-too-many": "{expression} s’exécute plus de {most} fois dans cette période",
    "hint.simulate-too-many": "Prenez moins de --days, ou un rythme moins serré.",
    "error.simulate-engine": "on ne sait pas comment {engine} lit une règle",
    "hint.simulate-engine": "Sont connus : {known}.",
    "error.simulate-empty": "{engine} ne garde pas tout quand aucune règle n’est donnée",
    "hint.simulate-empty": "Donnez sa règle : last=… pour longhorn, within=… pour velero.",
    "error.simulate-which": "on ne sait pas de quelle règle il s’agit",
    "hint.simulate-which": "Nommez une donnée, ou donnez --rule. Politiques : {policies}.",
    "error.simulate-asset": "il n’y a pas de donnée {asset}",
    "hint.simulate-asset": "Sont connues : {known}.",
    "error.simulate-svg": "{path} existe déjà, et n’est pas un dessin",
    "hint.simulate-svg": "Il reste tel quel. Donnez un autre nom à --svg.",
}

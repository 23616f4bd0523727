"""Ce qui est transmis à Flow : planifications en minuteries, cron ou workflows, et leurs preuves."""

PHRASES: dict[str, str] = {
    "short.generate-cron": "Les mêmes travaux en un fichier pour /etc/cron.d.",
    "help.generate-cron": "Écrire un fichier pour /etc/cron.d qui fait tous les travaux réguliers. "
    "crontab le lit d’abord, s’il est dans PATH. N’installe rien.",
    "examples.generate-cron": "phoenix generate cron --output ./cron\n"
    "phoenix generate cron --handoff handed",
    "short.generate-actions": "Les mêmes travaux en workflows GitHub sur votre propre runner.",
    "help.generate-actions": "Écrire des workflows GitHub Actions qui font tous les travaux réguliers "
    "sur un runner à vous : ils ne contiennent ni droit, ni secret, ni action d’autrui. Les heures sont "
    "dites en UTC. check-jsonschema les lit d’abord, s’il est dans PATH. N’installe rien.",
    "examples.generate-actions": "phoenix generate actions --output ./workflows\n"
    "phoenix generate actions --handoff handed --runner backup --program /usr/local/bin/phoenix",
    "option.flow-handoff": "Transmettre à Flow : fichiers, page et demande dans DIR/flow.",
    "option.flow-textfile": "Écrire aussi les métriques dans ce fichier, chaque quart d’heure.",
    "option.flow-expiry": "Lancer aussi phoenix retention apply chaque jour, sous les seules "
    "approbations permanentes.",
    "option.flow-runner": "Étiquette du runner, en plus de self-hosted ; peut être répétée.",
    "timer.retention": "Phoenix : expirer ce que couvrent les approbations permanentes",
    "timer.metrics": "Phoenix : écrire les métriques",
    "flow.cron.head": "À placer en /etc/cron.d/phoenix : à root, mode 0644, sans point dans le nom.\n"
    "Les heures sont celles de {zone}. Le cron de Debian ignore CRON_TZ et suit le fuseau de la\n"
    "machine : timedatectl show -p Timezone doit dire le même. Une heure sautée quand on avance\n"
    "les horloges est rattrapée juste après ; une heure qui revient deux fois ne compte qu’une fois.\n"
    "Deux passages d’un travail ne se croisent pas : Phoenix a ses propres verrous. Un courriel ne\n"
    "vient que d’un échec.",
    "flow.actions.same": "{expression} en {zone}, soit UTC{ahead} toute l’année. GitHub ne connaît que "
    "l’UTC.",
    "flow.actions.late": "{expression} en {zone}. GitHub ne connaît que l’UTC, et une ligne d’UTC ne peut "
    "pas suivre un changement d’heure :\ndit pour UTC{ahead}, jamais plus tôt que demandé ; quand les "
    "horloges sont avancées, {late:duration} plus tard.",
    "flow.title": "Les travaux réguliers de Phoenix, pour Flow",
    "flow.head": "Écrit par phoenix generate timers, cron ou actions.",
    "flow.intro": "Phoenix dit ce qui passe et quand. Ce dossier appartient désormais à **Flow**, qui "
    "décide comment, et peut l’installer tel quel. Aucun fichier ne contient de secret. Phoenix vérifie "
    "ensuite.",
    "flow.heading.state": "Où on en est",
    "flow.heading.works": "Ce qui passe, et quand",
    "flow.heading.install": "Installer",
    "flow.heading.verify": "Vérifier",
    "flow.state.prepared": "**préparé** : {at}, par Phoenix. Ces fichiers sont écrits ; rien d’autre n’a "
    "eu lieu.",
    "flow.state.checked": "lu sans objection par `{program}`",
    "flow.state.unchecked": "NON contrôlé : `{program}` n’était pas là",
    "flow.state.handed": "**transmis** : quand la demande est dans la mémoire du projet.",
    "flow.state.applied": "**appliqué** : quand Phoenix a vu un premier départ à une heure prévue.",
    "flow.state.verified": "**vérifié** : quand chaque travail est parti à deux heures prévues de suite, "
    "à aucune autre entre les deux, et a fait son travail. Phoenix coche alors la demande lui-même.",
    "flow.column.work": "travail",
    "flow.column.command": "commande",
    "flow.column.when": "quand",
    "flow.clock.timers": "Les heures sont celles de {zone} ; systemd en suit les changements.",
    "flow.clock.cron": "Les heures sont celles de {zone} : la machine doit avoir ce fuseau, le cron de "
    "Debian n’en connaît pas d’autre.",
    "flow.clock.actions": "Les heures sont en UTC, GitHub n’en connaît pas d’autre ; chaque fichier dit ce "
    "que devient l’heure de {zone}.",
    "flow.install.timers": "Sur la machine où tourne Phoenix :",
    "flow.install.cron": "Sur la machine où tourne Phoenix :",
    "flow.install.actions": "Dans un dépôt dont le runner auto-hébergé est la machine où tourne Phoenix. "
    "GitHub ne lance les planifications que depuis la branche par défaut, en retard quand il est chargé, "
    "et arrête celles d’un dépôt public après 60 jours sans commit. Ne laissez jamais un dépôt public "
    "utiliser ce runner :",
    "flow.keep-name": "Si une autre forme convient mieux : gardez les commandes, les heures et "
    "`PHOENIX_TRIGGER`. C’est à ce nom que Phoenix reconnaît un départ de la planification.",
    "flow.verify.look": "Ce que montre l’autre côté :",
    "flow.verify.phoenix": "Phoenix ne croit que sa propre histoire. Chaque départ sous ces noms est noté ; "
    "`phoenix observe`, `phoenix audit` et une transmission répétée regardent si chaque travail est venu à "
    "deux heures prévues de suite. Un départ à la main, à une autre heure ou plus souvent ne compte pas.",
    "flow.form.timers": "minuteries systemd",
    "flow.form.cron": "cron",
    "flow.form.actions": "GitHub Actions",
    "flow.request": "lancer les {count} travaux réguliers de Phoenix par {form} (fichiers : {path}, "
    "planification {digest})",
    "flow.prepared": "préparé : {path}",
    "flow.checked": "contrôlé par {program}",
    "flow.unchecked": "NON contrôlé, {program} n’est pas là",
    "flow.to-install": "Pour installer :",
    "flow.program-away": "Il n’y a pas de programme {path} sur cette machine ; son démarrage n’est pas "
    "contrôlé.",
    "flow.other-zone": "L’horloge de cette machine n’est pas celle de {zone} : cron y passerait à d’autres "
    "heures.",
    "flow.standing.waiting": "{work} : aucune heure prévue n’est encore passée (vérifié au plus tôt le "
    "{from})",
    "flow.standing.missed": "{work} : pas parti le {at} (vérifié au plus tôt le {from})",
    "flow.standing.failed": "{work} : parti le {at}, mais n’a pas fait son travail",
    "flow.standing.once": "{work} : parti une fois comme prévu, le {at} (vérifié au plus tôt le {from})",
    "flow.standing.astray": "{work} : parti aussi à d’autres heures, avant le {at} : autre planification",
    "flow.standing.verified": "{work} : parti comme prévu deux fois de suite, la dernière le {at}",
    "flow.changed": "phoenix.yaml demande depuis une autre planification : transmettez-la de nouveau.",
    "flow.stage.prepared": "Préparé. Ni transmis, ni appliqué, ni vérifié.",
    "flow.stage.handed": "Transmis. Ni appliqué, ni vérifié.",
    "flow.stage.applied": "Appliqué. Pas vérifié.",
    "flow.stage.verified": "Vérifié.",
    "flow.no-project": "Il n’y a pas ici de projet qui ait une mémoire. La demande :",
    "flow.asked": "Demandé dans la mémoire du projet :",
    "flow.asked-before": "Déjà demandé :",
    "flow.closed": "Flow : la planification est vérifiée, sa demande cochée",
    "flow.seen": "Flow : la planification est vérifiée",
    "error.schedule-refused": "{program} refuse la planification : {detail}",
    "hint.schedule-refused": "Rien n’a été écrit. C’est une erreur de Phoenix : signalez-la avec cette "
    "ligne.",
    "error.cron-line-too-long": "la ligne de {work} dépasse les {most} octets que cron lit",
    "hint.cron-line-too-long": "Utilisez les unités systemd, ou moins de planifications, pour qu’aucune ne "
    "nomme ses services.",
    "error.path-not-for-actions": "GitHub lirait le chemin {path} comme une expression",
    "hint.path-not-for-actions": "Utilisez un chemin sans ${{{{.",
    "error.schedule-not-utc": "la planification « {expression} » de {timezone} ne peut pas se dire en UTC",
    "hint.schedule-not-utc": "Son jour commence un autre jour en UTC. Choisissez une heure plus tardive, un "
    "jour de la semaine, ou une autre forme (timers, cron).",
}

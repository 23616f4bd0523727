"""Approbations : qui peut signer, ce qui est perdu, ce qui a été signé. Français."""

PHRASES = {
    "approvals.column.engine": "Moteur",
    "approvals.column.asset": "Données",
    "approvals.column.points": "Points",
    "approvals.column.period": "Du – au",
    "approvals.column.size": "Taille",
    "approvals.column.remaining": "Reste",
    "approvals.column.reach": "Recul jusqu’au",
    "approvals.everything": "tout",
    "approvals.samples": "relevés",
    "approvals.later": "rien encore, davantage plus tard",
    "approvals.nowhere": "nulle part",
    "approvals.losing": "Le plan {digest} perdrait :",
    "approvals.signing": "Signer, c’est consentir, jusqu’au {end}. Clé : {key}",
    "approvals.approved": "{approver} a approuvé le plan {digest} jusqu’au {end}.",
    "approvals.then.retention": "Ensuite : phoenix retention apply {digest}",
    "approvals.then.unpin": "Ensuite : phoenix points unpin {point}",
    "approvals.standing-asked": "Approbation permanente : la politique {policy} peut laisser "
    "partir des points de {engine} sans demander, par passage au plus {points} points et "
    "{bytes:size}, jusqu’au {end}. Clé : {key}",
    "approvals.standing-approved": "{approver} a approuvé : {engine}, au plus {points} points et "
    "{bytes:size} par passage, jusqu’au {end}.",
    "approvals.none": "Aucune approbation n’est enregistrée.",
    "approvals.list.at": "Signée",
    "approvals.list.what": "Objet",
    "approvals.list.approver": "Par",
    "approvals.list.end": "Jusqu’au",
    "approvals.list.state": "Maintenant",
    "approvals.plan": "plan {digest}",
    "approvals.standing": "{policy} sur {engine} : {points} points, {bytes:size} par passage",
    "approvals.old-rule": "règle {digest}",
    "approvals.state.valid": "valable",
    "approvals.state.expired": "expirée",
    "approvals.state.too-long": "finit plus tard qu’il n’est permis",
    "approvals.state.replaced": "remplacée par une plus récente",
    "approvals.state.rule-changed": "la règle a changé depuis",
    "approvals.state.unsigned": "aucun approbateur n’a signé ceci",
    "approvals.state.unreadable": "ce n’est pas une approbation",
    "approvals.state.unchecked": "invérifiable",
    "approvals.name": "Nom",
    "approvals.type": "Clé",
    "approvals.fingerprint": "Empreinte",
    "approvals.nobody": "{path} ne nomme personne : aucune perte ne peut être approuvée.",
    "approvals.added": "{name} peut désormais approuver : {fingerprint} ({path})",
    "error.no-approvers": "personne ne peut approuver : phoenix.yaml ne nomme aucun fichier "
    "d’approbateurs",
    "hint.no-approvers": "Écrivez-y approvers: /etc/phoenix/approvers. Puis : phoenix approvers add",
    "error.approvers-missing": "personne ne peut approuver : le fichier d’approbateurs {path} "
    "n’existe pas",
    "hint.approvers-missing": "Le premier approbateur le crée : sudo phoenix approvers add NOM "
    "CLÉ.pub",
    "error.approvers-unsafe": "le fichier d’approbateurs n’est pas sûr : d’autres que root "
    "pourraient changer {path}",
    "hint.approvers-unsafe": "Lui et chaque dossier au-dessus : à root, sans lien (chown "
    "root:root, chmod go-w).",
    "error.approvers-unreadable": "le fichier d’approbateurs {path} n’est pas lisible : {reason}",
    "error.approvers-too-long": "le fichier d’approbateurs {path} dépasse {limit} octets",
    "error.approvers-root": "seul root peut dire qui approuve",
    "hint.approvers-root": "{command}",
    "error.approver-name": "« {name} » ne peut pas désigner un approbateur",
    "hint.approver-name": "Lettres, chiffres et . _ @ + - conviennent, jusqu’à 64 caractères.",
    "error.approver-known": "cette clé ({fingerprint}) peut déjà approuver, sous le nom {name}",
    "error.key-missing": "la clé {path} n’est pas lisible : {reason}",
    "error.key-private": "{path} est une clé privée, et reste chez qui la possède",
    "hint.key-private": "Donnez la clé publique, qui finit en .pub.",
    "error.key-not-public": "{path} n’est pas une clé publique OpenSSH, seule dans son fichier",
    "error.key-type": "la clé de {path} est d’un type qui ne peut pas approuver (le peuvent : "
    "{known})",
    "error.key-short": "la clé RSA de {path} a {bits:d} bits ; il en faut {least:d}",
    "error.signing-key-missing": "il n’y a pas de clé {path}",
    "error.signing-failed": "{path} n’a pas signé",
    "hint.signing-failed": "Pas de clé privée, phrase secrète fausse, clé non touchée, ou agent "
    "qui ne la détient pas. Une phrase secrète demande un terminal.",
    "error.not-an-approver": "{key} a signé, mais n’est la clé d’aucun approbateur : rien n’est "
    "approuvé",
    "hint.not-an-approver": "« phoenix approvers list » montre quelles clés comptent.",
    "error.plan-unknown": "il n’y a pas de plan {digest}",
    "hint.plan-unknown": "« phoenix retention plan » en fait un ; {digits} de ses chiffres le nomment.",
    "error.plan-ambiguous": "{digest} commence {count} plans : donnez plus de chiffres",
    "error.plan-tampered": "ce qui est enregistré comme plan {digest} n’est pas ce plan",
    "hint.plan-tampered": "Quelqu’un ou quelque chose a changé le registre : « phoenix evidence "
    "verify ». Refaites un plan.",
    "error.nothing-to-approve": "le plan {digest} ne perd rien et ne demande aucune approbation",
    "error.approval-too-long": "une telle approbation dure au moins une seconde et au plus "
    "{longest:duration}",
    "error.approval-span": "« {given} » n’est pas une durée",
    "hint.approval-span": "Par exemple 24h, 90min ou 90d.",
    "error.approval-size": "« {given} » n’est pas une taille",
    "hint.approval-size": "Par exemple 10GB, 500MB ou 2GiB.",
    "error.standing-bounds": "une approbation permanente couvre au moins 1 point et 1 octet par "
    "passage",
    "error.approve-what": "nommez un plan par ses chiffres, ou donnez --standing ou --list",
    "hint.approve-what": "« phoenix retention plan » fait un plan et montre ses chiffres.",
    "error.standing-incomplete": "une approbation permanente veut aussi {missing}",
    "hint.standing-incomplete": "Par exemple : --engine home --most-points 20 --most-bytes 10GB "
    "--for 90d",
    "error.approve-key": "--key dit de qui est la signature",
    "hint.approve-key": "Une clé privée, ou le .pub de celle que détient un agent ou une clé de "
    "sécurité.",
    "help.approve": "Montre ce qu’un plan perdrait et le signe avec la clé SSH d’un approbateur : "
    "la signature est le consentement, rien d’autre n’est demandé. Avec --standing, une règle "
    "peut laisser partir des points d’un moteur, sans demander, dans des bornes. Avec --list : "
    "ce qui a été signé et si cela compte maintenant.",
    "short.approve": "Signer un plan qui perd quelque chose.",
    "examples.approve": "phoenix approve 3f2a9c41 --key ~/.ssh/id_ed25519\n"
    "phoenix approve 3f2a9c41 --key ~/.ssh/id_ed25519_sk --for 2h\n"
    "phoenix approve --standing default --engine home --most-points 20 --most-bytes 10GB --for "
    "90d --key ~/.ssh/id_ed25519\n"
    "phoenix approve --list",
    "help.approvers": "Qui peut signer les pertes : des clés dans un fichier que seul root change.",
    "short.approvers": "Qui peut signer : lister, ajouter.",
    "help.approvers-list": "Noms, types et empreintes des clés qui peuvent approuver.",
    "short.approvers-list": "Qui peut signer.",
    "examples.approvers-list": "phoenix approvers list\nphoenix approvers list --json",
    "help.approvers-add": "Permet au propriétaire d’une clé SSH publique d’approuver des pertes. "
    "Seul root le peut ; le fichier et son dossier sont créés s’ils manquent.",
    "short.approvers-add": "Laisser une clé signer.",
    "examples.approvers-add": "sudo phoenix approvers add alice /home/alice/.ssh/id_ed25519.pub",
    "option.approve-key": "La clé de l’approbateur : une clé privée, ou le .pub de celle que "
    "détient un agent ou une clé de sécurité.",
    "option.approve-for": "Combien de temps elle compte : au plus 24h pour un plan (24h sans "
    "cette option), 180d pour une approbation permanente.",
    "option.approve-standing": "Approuver la règle de la politique, passage après passage, au "
    "lieu d’un seul plan.",
    "option.approve-engine": "Le moteur d’une approbation permanente.",
    "option.approve-points": "Le plus de points qu’un passage peut laisser partir.",
    "option.approve-bytes": "Le plus d’octets qu’un passage peut laisser partir, comme 10GB.",
    "option.approve-list": "Montrer ce qui a été signé et si cela compte maintenant.",
}

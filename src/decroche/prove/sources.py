"""Where a definition comes from: the pages that the keys in brackets name, as read in November 2026."""

from __future__ import annotations

from collections.abc import Mapping

SOURCES: Mapping[str, str] = {
    "AC2": "Aircall, Analytics terms, support.aircall.io/hc/en-gb/articles/13399649077277",
    "ATT1": "A. Vermorel, Position-based and time-decay attribution in SQL, "
    "adriennevermorel.com/articles/sql-attribution-position-based-time-decay",
    "ATT2": "A. Vermorel, Time-decay model, adriennevermorel.com/notes/time-decay-attribution-model",
    "BP2": "Bright Pattern, Service level infographic, blog.brightpattern.com/blog/service-level-ns-infographic",
    "CH1": "Call Centre Helper, Service level calculations, "
    "callcentrehelper.com/service-level-threshold-calculations-206890.htm",
    "CI1": "Cisco ICM 4.5 manual, Service level type; "
    "the three modes are also in the Unified Intelligence Center 9.0 user guide",
    "CI3": "Cisco, Reporting guide ICM/CCE hosted, chapter 01001",
    "CX1": "CxEngage, Service level, data-docs.cxengage.net/Content/Statistics/ServiceLevel.htm",
    "G3": "wazo-platform/wazo-call-logd, queries/queue_stat.py",
    "GE1": "Genesys Cloud, Configure the service level calculation, "
    "help.mypurecloud.com/articles/configure-the-service-level-calculation",
    "GE6": "Genesys Cloud, Average speed of answer, help.mypurecloud.com/glossary/average-speed-of-answer-asa",
    "IC1": "ICMI, Service level calculations (2005), icmi.com/Resources/QueueTips/2005/March",
    "NP1": "Net promoter score confidence intervals (2016), "
    "r-bloggers.com/2016/01/net-promoter-score-confidence-intervals-2-maths-and-stats",
    "PB1": "Amanda AI, Position-based attribution, amandaai.com/en/Position-based-attribution",
    "RC2": "RingCentral, CallQueueServiceLevelSettings, ringcentral.github.io/RingCentral.Net",
    "RO1": "Ringover, Statistiques et niveau de service, support.ringover.com/hc/fr/articles/14345815639697",
    "TD1": "Talkdesk data dictionary, Service level, data-dictionary.talkdesk.com/docs/service-level",
    "TD2": "Talkdesk, Configuring your service level, support.talkdesk.com/hc/en-us/articles/206579815",
    "TD3": "Talkdesk Live, Service level, support.talkdesk.com/hc/en-us/articles/4409690831259",
    "UN1": "UniVoIP, Understanding the service level, help.univoip.com/enterprise",
}

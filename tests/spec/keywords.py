"""The page on keywords: what a reply means before anybody reads it."""

from __future__ import annotations

from decroche.recover.keywords import read_keyword
from tests.spec.spec import Page, Spec, each

SPECS = (
    Spec(
        title="STOP and its kin",
        prose="""
            Capitals, accents, punctuation and words of courtesy do not matter. Some words count as a whole message
            only: cancelling an appointment is business. Others count as the first word too.
        """,
        given="""
            text                  || keyword | language
            ----------------------++---------+---------
            Arrêt                 || opt_out | fr
            ARRÊTEZ SVP           || opt_out | fr
            stop.                 || opt_out | fr
            S.T.O.P.              || opt_out | fr
            STOP merci            || opt_out | fr
            Stop ça suffit        || opt_out | fr
            Please stop           || opt_out | fr
            Désabonnement         || opt_out | fr
            UNSUBSCRIBE me now    || opt_out | en
            opt-out               || opt_out | en
            Cancel                || opt_out | en
            QUIT                  || opt_out | en
            TD                    || opt_out | fr
            Cancel my appointment || none    | fr
            End of the month?     || none    | fr
        """,
        plain=each(read_keyword),
        defines=(read_keyword,),
    ),
    Spec(
        title="In Canada the word chooses the language",
        prose="STOP is English, ARRET French, whatever the language of the conversation.",
        given="""
            text  || keyword | language
            ------++---------+---------
            STOP  || opt_out | en
            ARRET || opt_out | fr
            INFO  || help    | en
            AIDE  || help    | fr
            HELP  || help    | en
        """,
        settings={"country": "CA", "language": "fr-CA"},
        plain=each(read_keyword),
    ),
    Spec(
        title="A refusal in free words",
        prose="""
            Goes to a person, and holds as an opt-out until that person has decided. Too many of these are better than
            one too few.
        """,
        given="""
            text                               || keyword | language
            -----------------------------------++---------+---------
            Stopper                            || refusal | fr
            je vous arrête demain              || refusal | fr
            Ne m'écrivez plus                  || refusal | fr
            ne me rappelez pas                 || refusal | fr
            Rappelez-moi pas                   || refusal | fr
            Laissez-moi tranquille !           || refusal | fr
            Mauvais numéro                     || refusal | fr
            Vous vous trompez de numéro        || refusal | fr
            Veuillez me désabonner             || refusal | fr
            Je ne veux plus recevoir de textos || refusal | fr
            plus de messages svp               || refusal | fr
            wrong number                       || refusal | en
            remove me from your list           || refusal | en
            Don’t text me again                || refusal | en
            I said STOP                        || refusal | fr
            leave me alone                     || refusal | en
        """,
        plain=each(read_keyword),
    ),
    Spec(
        title="RAPPEL, a choice, a way back",
        prose="""
            Business answers are RAPPEL, CALL and digits. OUI, YES and OK are no answer: providers give them meanings
            of their own, so the person is asked for RAPPEL. Only START, UNSTOP and REPRENDRE open texts again.
        """,
        given="""
            text                    || keyword       | language | choice | ask again
            ------------------------++---------------+----------+--------+----------
            RAPPEL                  || call_back     | fr       |        | no
            rappel svp              || call_back     | fr       |        | no
            Rappelez-moi demain 14h || call_back     | fr       |        | no
            Call me back            || call_back     | en       |        | no
            2                       || number_choice | fr       | 2      | no
            Le 2 merci              || number_choice | fr       | 2      | no
            START                   || opt_in        | fr       |        | no
            Reprendre               || opt_in        | fr       |        | no
            AIDE                    || help          | fr       |        | no
            OUI                     || none          | fr       |        | yes
            Yes                     || none          | en       |        | yes
            ok                      || none          | fr       |        | yes
            Annuler                 || none          | fr       |        | yes
            Avez-vous des pneus ?   || none          | fr       |        | no
            👍                       || none          | fr       |        | no
        """,
        plain=each(lambda text: read_keyword(str(text))),
    ),
)

PAGE = Page(
    name="keywords",
    title="What a reply means",
    intro="""
        Before anything else looks at a reply, these words are read, in French and English: KW-1 to KW-5 of
        [the rules](rules.md). Providers only know English words, and not the same ones.
    """,
    specs=SPECS,
)

"""Questions on READMEs of other projects; a third of them is answered nowhere in these.

Nothing here was looked at while prompts were written: those were tried on other documents.
"""

from __future__ import annotations

from dataclasses import dataclass

DOCUMENTS = (
    "rich",
    "fastapi",
    "websockets",
    "pypika",
    "mammoth",
    "orjson",
    "sortedcontainers",
    "watchfiles",
    "pathspec",
    "huggingface_hub",
)
"""The packages whose descriptions are the documents."""


@dataclass(frozen=True, slots=True)
class DocumentQuestion:
    """A question, and what a right answer says: a word of each group.

    No groups: it is not answered there.
    """

    text: str
    says: tuple[tuple[str, ...], ...] = ()
    but: tuple[str, ...] = ()
    """Words that no right answer has."""


QUESTIONS = (
    # rich
    DocumentQuestion(
        "How many colours can rich show in the classic Windows terminal?",
        (("16", "sixteen"),),
        ("million", "16-bit", "16.7"),
    ),
    DocumentQuestion("What do I type to see which spinners rich has?", (("rich.spinner",),)),
    DocumentQuestion("Which library does rich rely on to highlight source code?", (("pygments",),)),
    DocumentQuestion(
        "I want log output of rich to list the local variables. Which argument?", (("log_locals",),)
    ),
    DocumentQuestion("How do I export what a rich Console printed to an SVG file?"),
    DocumentQuestion(
        "Which argument of rich's track sets how many times a second the bar is redrawn?"
    ),
    # fastapi
    DocumentQuestion(
        "What has to be installed so that FastAPI can parse forms?", (("python-multipart",),)
    ),
    DocumentQuestion(
        "How can I get FastAPI with its standard dependencies but leave out fastapi-cloud-cli?",
        (("no-fastapi-cloud-cli",),),
    ),
    DocumentQuestion(
        "Under which path does FastAPI serve its alternative API docs?", (("redoc",),)
    ),
    DocumentQuestion("Is there a library FastAPI names for GraphQL?", (("strawberry",),)),
    DocumentQuestion(
        "By what share is FastAPI said to cut the errors that developers make?", (("40", "forty"),)
    ),
    DocumentQuestion(
        "How many requests per second did FastAPI reach in the TechEmpower benchmarks?"
    ),
    DocumentQuestion("What does hosting an app on FastAPI Cloud cost a month?"),
    DocumentQuestion("What is the biggest file upload that FastAPI accepts by default?"),
    # websockets
    DocumentQuestion("Which RFC about compression does websockets implement?", (("7692",),)),
    DocumentQuestion("I found a security hole in websockets. Whom do I tell?", (("tidelift",),)),
    DocumentQuestion(
        "What can I use websockets with if I don't want asyncio?",
        (("threading", "threads", "threaded"), ("trio",)),
    ),
    DocumentQuestion(
        "I'd rather write callbacks. Is the websockets package the right choice?",
        (("coroutine", "another library", "other library", "different library", "pick another"),),
        ("yes,",),
    ),
    DocumentQuestion(
        "What is the maximum size of an incoming message in websockets unless I change it?"
    ),
    DocumentQuestion("Can a websockets client connect through a SOCKS proxy?"),
    # pypika
    DocumentQuestion(
        "Does pypika check that the SQL I build is correct?",
        (
            (
                "explicit goal",
                "not a goal",
                "isn't a goal",
                "not explicitly",
                "does not check",
                "doesn't check",
                "does not validate",
                "doesn't validate",
                "not a design goal",
                "no,",
            ),
        ),
        ("yes,",),
    ),
    DocumentQuestion(
        "What does pypika raise when the queries of a union differ in their number of columns?",
        (("setoperationexception",),),
    ),
    DocumentQuestion("Which PyPy versions is pypika tested with?", (("3.9",), ("3.10",))),
    DocumentQuestion(
        "Is there a shortcut in pypika for a join on columns named the same in both tables?",
        (("on_field", ".using(", "using("),),
    ),
    DocumentQuestion("How do I write a WITH RECURSIVE query with pypika?"),
    DocumentQuestion("Which query class of pypika is meant for Snowflake?"),
    # mammoth
    DocumentQuestion(
        "Which flag makes mammoth write pictures to files of their own?", (("output-dir",),)
    ),
    DocumentQuestion(
        "How do I stop mammoth from dropping the empty paragraphs of a document?",
        (("ignore_empty_paragraphs",), ("false",)),
    ),
    DocumentQuestion(
        "Should I have mammoth produce Markdown?",
        (("deprecated", "not recommended", "separate library", "no longer recommended"),),
    ),
    DocumentQuestion(
        "The comments of my Word file are missing after mammoth converted it. What do I map?",
        (("comment-reference",),),
    ),
    DocumentQuestion(
        "Is it safe to let mammoth convert files that strangers upload?",
        (("sanitis", "sanitiz", "untrusted", "careful", "javascript", "malicious"),),
        ("yes, it is safe",),
    ),
    DocumentQuestion("Which exception does mammoth raise for a damaged .docx file?"),
    DocumentQuestion("What size of .docx file is too large for mammoth?"),
    # orjson
    DocumentQuestion("How many map keys does orjson keep in its cache?", (("2048", "2,048"),)),
    DocumentQuestion("What does orjson.dumps make of NaN?", (("null",),)),
    DocumentQuestion("Which orjson option writes Z instead of +00:00?", (("opt_utc_z",),)),
    DocumentQuestion(
        "Can orjson pretty-print with an indent of four?",
        (
            (
                "opt_indent_2",
                "two spaces",
                "2 spaces",
                "two-space",
                "2-space",
                "only 2",
                "only two",
                "not supported",
                "no,",
            ),
        ),
        ("yes,",),
    ),
    DocumentQuestion(
        "We run PyPy. Will orjson work for us?",
        (
            (
                "will not",
                "won't",
                "not support",
                "n't support",
                "not work",
                "unsupported",
                "no,",
            ),
        ),
        ("yes,",),
    ),
    DocumentQuestion("By how many percent does AVX-512 speed orjson up?"),
    DocumentQuestion("In which year was version 3 of orjson released?"),
    DocumentQuestion("How do I validate JSON against a schema with orjson?"),
    # sortedcontainers
    DocumentQuestion(
        "How much less overhead does sortedcontainers have than a typical binary tree?",
        (("66",),),
    ),
    DocumentQuestion(
        "Do I need a C compiler to install sortedcontainers?",
        (
            (
                "pure",
                "no need",
                "not need",
                "n't need",
                "not required",
                "not necessary",
                "no,",
            ),
        ),
        ("yes,",),
    ),
    DocumentQuestion("Which algorithmic trading library uses sortedcontainers?", (("zipline",),)),
    DocumentQuestion(
        "Which older modules have nearly the API of sortedcontainers?",
        (("blist",), ("bintrees",)),
    ),
    DocumentQuestion("What load factor does a SortedList of sortedcontainers start with?"),
    DocumentQuestion(
        "Can several threads change one sortedcontainers SortedDict at a time without a lock?"
    ),
    # watchfiles
    DocumentQuestion("What was watchfiles called in the past?", (("watchgod",),)),
    DocumentQuestion(
        "What does watchfiles use underneath to hear of file changes?", (("notify",),), ("inotify",)
    ),
    DocumentQuestion("What must I have to install watchfiles from source?", (("rust",),)),
    DocumentQuestion("What is the oldest Python that watchfiles runs on?", (("3.10",),)),
    DocumentQuestion(
        "How many milliseconds does watchfiles wait by default to group changes together?"
    ),
    DocumentQuestion("Which option of the watchfiles command skips certain file types?"),
    # pathspec
    DocumentQuestion(
        "How do I get the files that pathspec does not match?",
        (
            (
                "negate=",
                "`negate`",
                "negate to",
                "negate arg",
                "negate param",
                "negate option",
                "negate flag",
            ),
        ),
    ),
    DocumentQuestion(
        "Which pathspec backend is the fastest when there are very many patterns?", (("re2",),)
    ),
    DocumentQuestion("What licence is pathspec under?", (("mozilla", "mpl-", "mpl 2", "mpl2"),)),
    DocumentQuestion(
        "Which class of pathspec behaves as Git itself does, edge cases included?",
        (("gitignorespec",),),
    ),
    DocumentQuestion("Which Python did pathspec stop supporting with 1.0.0?", (("3.8",),)),
    DocumentQuestion("Is matching in pathspec case-insensitive on Windows?"),
    DocumentQuestion("How much memory does the hyperscan backend of pathspec take?"),
    # huggingface_hub
    DocumentQuestion("Which CDN do downloads with huggingface_hub come from?", (("cloudfront",),)),
    DocumentQuestion(
        "How do I teach my coding agent the commands of the huggingface_hub CLI?",
        (("skills add",),),
    ),
    DocumentQuestion(
        "Which function of huggingface_hub downloads a whole repository?",
        (("snapshot_download",),),
    ),
    DocumentQuestion(
        "What do I pip install to use the MCP module of huggingface_hub?", (("[mcp]",),)
    ),
    DocumentQuestion("Which environment variable moves the cache folder of huggingface_hub?"),
    DocumentQuestion("What is the largest single file that huggingface_hub can upload?"),
)
"""The questions: of each package first those that its description answers, then the others."""

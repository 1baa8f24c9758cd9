"""How people ask for tools: frames around the values that a call copies."""

from __future__ import annotations

READ = (
    "show {path}", "show me {path}", "read {path}", "read the file {path}", "open {path}",
    "print {path}", "cat {path}", "display the contents of {path}", "what does {path} say",
    "show the content of {path}", "view {path}", "let me see {path}", "what's in {path}?",
    "what is in the file {path}", "can you open {path} for me", "give me the text of {path}",
    "I want to read {path}", "read {path} out loud", "what is written in {path}?",
    "display {path}", "please show me the file {path}", "print the whole of {path}",
    "could you read me {path}", "look into {path}", "load {path} and show it", "dump {path}",
    "what are the contents of {path}", "show what {path} contains", "type {path}",
    "fetch {path}", "I forgot what {path} says. Show it to me.", "open up the file called {path}",
    "get me {path}", "have a look at {path}", "check {path} and tell me what it says",
)  # fmt: skip
LIST = (
    "list files", "list the files", "show the files", "which files are there", "list all files",
    "ls", "dir", "what files are in the workspace", "list the workspace", "show me all files",
    "what is in this folder", "what do I have here?", "what files have I got", "show my files",
    "give me a list of the files", "list everything", "which files exist", "file list please",
    "show the workspace", "are there any files here?", "enumerate the files", "what's here",
    "show everything in my workspace", "tell me which files I have", "list what is here",
)  # fmt: skip
LIST_FOLDER = (
    "list files in {folder}", "list the files in {folder}", "what is in the {folder} folder",
    "ls {folder}", "show the files in {folder}", "which files are in {folder}?", "list {folder}",
    "what's inside {folder}?", "dir {folder}", "show me the {folder} directory",
    "list the folder {folder}", "what does the folder {folder} hold", "contents of {folder}",
    "show what's in the directory {folder}", "which files lie under {folder}",
    "what have I got in {folder}", "give me the files of the {folder} folder",
    "look into the folder {folder}", "are there files in {folder}?", "ls -la {folder}",
    "tell me what the {folder} directory contains", "can you list {folder} for me",
)  # fmt: skip
SEARCH = (
    "search for {pattern}", "find {pattern} in the files", "search the files for {pattern}",
    "grep {pattern}", "look for {pattern} in the workspace", "which files contain {pattern}",
    "find {pattern}", "where is {pattern} mentioned", "search everything for {pattern}",
    "find the word {pattern}", "is {pattern} mentioned anywhere?", "where did I write {pattern}",
    "find all lines with {pattern}", "show me every line that contains {pattern}",
    "which of my files mention {pattern}?", "look up {pattern} in my notes",
    "find every occurrence of {pattern}", "do any files mention {pattern}?",
    "in which file does {pattern} appear", "search the workspace for the text {pattern}",
    "locate {pattern}", "scan my files for {pattern}", "I am looking for {pattern}. Find it.",
    "where does {pattern} come up", "find references to {pattern}", "hunt for {pattern}",
)  # fmt: skip
SEARCH_FOLDER = (
    "search for {pattern} in {folder}", "find {pattern} in the {folder} folder",
    "grep {pattern} in {folder}", "grep -r {pattern} {folder}", "search {folder} for {pattern}",
    "look for {pattern} under {folder}", "which files in {folder} contain {pattern}?",
    "look in {folder} for the word {pattern}", "where in {folder} is {pattern} mentioned",
    "find the text {pattern} inside the directory {folder}", "find {pattern} within {folder}",
)  # fmt: skip
WRITE = (
    "write {content} to {path}", "write {content} into {path}", "save {content} to {path}",
    "create {path} with {content}", "put {content} in {path}", "save {content} as {path}",
    "create a file {path} with the text {content}", "store {content} in {path}",
    "make a file called {path} that says {content}", "create {path} containing {content}",
    "write to {path}: {content}", "save this to {path}: {content}",
    "overwrite {path} with {content}", "replace the contents of {path} with {content}",
    "make a new file {path} with the content {content}", "new file {path}: {content}",
    "put the text {content} into {path}", "write the words {content} to the file {path}",
    "in {path} write {content}", "set {path} to {content}", "fill {path} with {content}",
    "create the file {path}. It should say: {content}", "start a file {path} that holds {content}",
    "I need a file {path} with {content} in it", "write the following to {path}:\n{content}",
    "save the note {content} under {path}", "could you write {content} to {path}",
)  # fmt: skip
APPEND = (
    "append {line} to {path}", "add {line} to {path}", "add the line {line} to {path}",
    "append the line {line} to the file {path}", "add a line to {path}: {line}",
    "put the line {line} at the end of {path}", "append to {path}: {line}",
    "add to {path}: {line}", "note {line} in {path}", "log {line} to {path}",
    "add another line saying {line} to {path}", "jot down {line} in {path}",
    "write {line} at the end of {path}", "put {line} at the bottom of {path}",
    "add the entry {line} to {path}", "attach {line} to {path}", "extend {path} by {line}",
    "insert {line} as the last line of {path}", "append a line that says {line} to {path}",
    "at the end of {path} add {line}", "one more line for {path}: {line}",
    "could you add {line} to my {path}", "I have to remember this. Add {line} to {path}.",
    "add a new line to {path} with {line}", "tack {line} on to {path}",
)  # fmt: skip
TIME = (
    "what time is it", "what is the time?", "current time", "what's the date today",
    "tell me the time", "what day is it", "time now", "today's date", "time please", "clock",
    "what is today's date", "which day of the week is it?", "date and time", "how late is it",
    "do you have the time?", "show the time", "what year is it", "current date and time please",
    "is it already evening? tell me the time", "what's the time right now", "which month is it",
    "I lost my watch. What time is it?", "what o'clock is it", "give me a timestamp",
)  # fmt: skip
TIME_IN = (
    "what time is it in {place}", "time in {place}", "current time in {place}",
    "date in {place}", "what's the time in {place}?", "how late is it in {place}",
    "tell me the time in {place}", "what day is it in {place} now", "{place} time",
    "local time in {place} please", "I have a call with {place}. What time is it there?",
    "time zone {place}", "show the date and time for {place}", "is it night in {place}? what time",
)  # fmt: skip
CALCULATE = (
    "what is {expression}", "what's {expression}?", "calculate {expression}",
    "compute {expression}", "how much is {expression}?", "{expression}", "work out {expression}",
    "evaluate {expression}", "{expression} = ?", "can you calculate {expression}",
    "tell me what {expression} is", "solve {expression}", "what does {expression} make",
    "what do you get for {expression}", "I need the result of {expression}",
    "figure out {expression}", "the value of {expression}?", "how many is {expression}",
    "give me {expression}", "what does {expression} come to", "calc {expression} please",
    "do the math: {expression}", "I am doing my taxes. What is {expression}?",
)  # fmt: skip
RUN = (
    "run {code}", "run this: {code}", "execute {code}", "run the code {code}",
    "run python: {code}", "run `{code}`", "execute this python code: {code}", "python {code}",
    "what does {code} print", "what does this print in python: {code}", "try {code}",
    "run this for me: {code}", "run this code:\n{code}", "execute:\n```python\n{code}\n```",
    "please run `{code}`", "can you run {code} in python", "run the snippet {code}",
    "what is the output of `{code}`?", "use python to run {code}", "exec {code}",
    "I wrote a program. Run it: {code}", "test this script: {code}", "see what {code} prints",
)  # fmt: skip
OPENINGS = (
    "hi, ", "hey, ", "please ", "can you ", "could you ", "ok, ", "hello! ", "I'd like you to ",
    "would you ", "now ", "quickly ", "then ",
)  # fmt: skip
ENDINGS = (" please", ".", "!", ", please", " for me", ", thanks", ". Thanks!")

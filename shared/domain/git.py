"""Where git repositories are kept: the kinds of servers that people name."""

from typing import Literal

Provider = Literal[
    "bitbucket",
    "bitbucketServer",
    "github",
    "githubEnterprise",
    "gitLab",
    "gitLabEnterprise",
    "unknown",
]

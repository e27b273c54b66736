"""Errors an analyst may see: each says what is wrong, where, and what to do."""


class AnlanError(Exception):
    """A failure with a message fit to print as it is, in Chinese, without a traceback.

    ``message`` says what is wrong and where; ``remedy`` says what to do next.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  处理办法：{self.remedy}" if self.remedy else self.message

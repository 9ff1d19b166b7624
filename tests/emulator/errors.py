"""AWS's refusals."""

# IAM API model; every other code is a 400.
STATUS = {"NoSuchEntity": 404, "EntityAlreadyExists": 409, "LimitExceeded": 409, "DeleteConflict": 409}


class Refused(Exception):
    """Becomes an error answer in the protocol of the call."""

    def __init__(self, code, message, status=None):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status or STATUS.get(code, 400)

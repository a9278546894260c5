"""The form that the style guide shows, one field of each sort."""

from django import forms


class Sample(forms.Form):
    """Never saved."""

    name = forms.CharField(label="Name", help_text="As it stands on the contract.")
    email = forms.EmailField(label="Email")
    stage = forms.ChoiceField(label="Stage", choices=[("lead", "Lead"), ("customer", "Customer")])
    birthday = forms.DateField(
        label="Birthday", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    note = forms.CharField(
        label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3, "cols": 40})
    )
    consent = forms.BooleanField(label="May be written to by email", required=False)
